namespace IoTStream.Connectors;

/// <summary>Implemented by a reader that owes its peer an acknowledgement (an MQTT PUBACK, a committed offset).</summary>
public interface IAcknowledging
{
    /// <summary>
    /// The first <paramref name="count"/> items that the reader has handed out, records and dead letters alike in the order in which
    /// they were added, have been taken over by the pipeline and may be acknowledged. Called on the reader's lane, with counts
    /// that grow; must not block.
    /// </summary>
    /// <param name="count">The number of items since the reader was opened.</param>
    void Acknowledge(long count);
}
