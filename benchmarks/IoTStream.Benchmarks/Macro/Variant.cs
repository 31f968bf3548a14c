namespace IoTStream.Benchmarks.Macro;

/// <summary>One way to do a workload's work.</summary>
/// <param name="Name">How it appears in the report: <c>iotstream</c>, <c>loop</c>, <c>rx</c>.</param>
/// <param name="RunAsync">Does the work once over all events.</param>
internal sealed record Variant(string Name, Func<Task<Outcome>> RunAsync)
{
    public const string Ours = "iotstream";

    public const string TwoLanes = "2 lanes";

    /// <summary>Whether it is a pipeline of ours, of which each byte counts.</summary>
    public bool IsOurs => Name is Ours or TwoLanes;

    /// <summary>A way that does its work on this thread.</summary>
    public static Variant Of(string name, Func<Outcome> run) => new(name, () => Task.FromResult(run()));

    /// <summary>For a way that is so slow that it does only the first of the events, in a warm-up and three runs: how many of them.</summary>
    public int? Part { get; init; }

    /// <summary>What must come out, if it is not what comes out of the first way.</summary>
    public Func<Task<Outcome>>? ExpectedAsync { get; init; }
}
