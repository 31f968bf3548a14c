using System.Buffers;

namespace IoTStream.Connectors;

/// <summary>Implemented by a reader that can say where it is, so that a job which is started again goes on from there.</summary>
public interface IPositioned
{
    /// <summary>
    /// Writes down where to go on behind all that the reader has handed out. When the source is opened again, it finds these bytes in
    /// <see cref="SourceContext.TryGetPosition"/>. Called on the reader's lane between two reads, at each epoch; must not block.
    /// </summary>
    /// <param name="position">Takes the bytes; few of them, as every epoch has them.</param>
    void WritePosition(IBufferWriter<byte> position);
}
