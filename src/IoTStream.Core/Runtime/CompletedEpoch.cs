namespace IoTStream.Runtime;

/// <summary>
/// An epoch whose barrier all operators of the job have passed on: every record that a source handed out before it has had all its effects on
/// state, and all results have been written and flushed; nothing that was handed out later has had any before the barrier.
/// </summary>
/// <param name="Number">The number of the epoch: each is one more than the one before.</param>
/// <param name="Readers">How far each reader of each source was when the barrier was injected.</param>
internal sealed record CompletedEpoch(long Number, IReadOnlyList<ReaderCount> Readers);

/// <summary>How many items a reader had handed out: records and dead letters, as <see cref="Connectors.IAcknowledging"/> counts them.</summary>
/// <param name="Source">The name of the source.</param>
/// <param name="Reader">The place of the reader among those that the source opened.</param>
/// <param name="Items">The number of items since the reader was opened.</param>
internal sealed record ReaderCount(string Source, int Reader, long Items);
