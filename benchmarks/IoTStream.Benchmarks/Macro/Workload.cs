namespace IoTStream.Benchmarks.Macro;

/// <summary>One way to do a workload's work.</summary>
/// <param name="Name">How it appears in the report: <c>iotstream</c>, <c>loop</c>, <c>rx</c>.</param>
/// <param name="RunAsync">Does the work once over all events.</param>
internal sealed record Variant(string Name, Func<Event[], Task<Outcome>> RunAsync);

/// <summary>Work to be done over events, in several ways side by side.</summary>
/// <param name="Name">The workload's short name.</param>
/// <param name="Description">What is computed.</param>
/// <param name="Generate">Makes as many events as asked for.</param>
/// <param name="Variants">The ways, ours first.</param>
internal sealed record Workload(string Name, string Description, Func<int, Event[]> Generate, IReadOnlyList<Variant> Variants);
