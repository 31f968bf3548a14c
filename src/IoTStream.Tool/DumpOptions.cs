namespace IoTStream.Tool;

/// <summary>What is dumped.</summary>
/// <param name="From">The first epoch or record.</param>
/// <param name="To">The last one.</param>
/// <param name="Table">The only table, source or sink whose entries are wanted; null for all.</param>
/// <param name="Format">How keys and values are shown.</param>
/// <param name="Json">Whether each line is a JSON object.</param>
internal sealed record DumpOptions(long From, long To, string? Table, BytesFormat Format, bool Json);
