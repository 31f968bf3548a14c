using IoTStream.Disk;

namespace IoTStream.Log;

/// <summary>Reads the epochs of a log in order, also while it is written. Not thread-safe.</summary>
/// <param name="directory">The directory of the log.</param>
/// <param name="from">The number of the first epoch to read; 0 for the first that the log still has.</param>
internal sealed class EpochReader(IDiskDirectory directory, long from) : IEpochReader
{
    private readonly LogReader _log = new(directory, LogKind.Epochs, from);

    /// <summary>Reads the next epoch.</summary>
    /// <returns>False if there is none yet.</returns>
    /// <exception cref="LogDamagedException">The log is damaged here.</exception>
    /// <exception cref="LogPositionLostException">The log has been cut beyond the epoch.</exception>
    public bool TryRead(out Epoch epoch) => TryRead(out epoch, out _);

    /// <inheritdoc cref="TryRead(out Epoch)"/>
    public bool TryRead(out Epoch epoch, out LogFrame frame)
    {
        if (!_log.TryRead(out frame))
        {
            epoch = default;
            return false;
        }

        try
        {
            epoch = new Epoch(frame.Sequence, frame.Payload);
        }
        catch (Exception exception) when (exception is InvalidDataException or ArgumentException)
        {
            throw new LogDamagedException(
                frame.File, frame.Offset, $"the frame is whole, but is no epoch: {exception.Message}", "It was written by another program, or there is a defect in this one.");
        }

        return true;
    }

    public void Dispose() => _log.Dispose();
}
