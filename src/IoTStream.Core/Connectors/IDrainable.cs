namespace IoTStream.Connectors;

/// <summary>
/// Implemented by a reader that holds records which it has already taken from the outside. When the job is asked to stop, such a
/// reader is drained; another is simply not read any more.
/// </summary>
public interface IDrainable
{
    /// <summary>
    /// Take nothing more in; hand out what was taken, then report <see cref="ReadStatus.Ended"/>. Called once, on the reader's lane;
    /// must not block.
    /// </summary>
    void BeginDrain();
}
