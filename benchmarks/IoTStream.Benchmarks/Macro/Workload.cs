namespace IoTStream.Benchmarks.Macro;

/// <summary>Work to be done over events, in several ways side by side. All ways must give the same outcome.</summary>
/// <param name="Name">The workload's short name.</param>
/// <param name="Description">What is computed.</param>
/// <param name="Prepare">Makes as many events as asked for, of whatever type and in however many streams, and says what can be done with them, ours first.</param>
/// <param name="Goals">How fast it is to be.</param>
internal sealed record Workload(string Name, string Description, Func<int, IReadOnlyList<Variant>> Prepare, IReadOnlyList<Goal> Goals);
