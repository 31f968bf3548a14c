using PredictiveMaintenance.Analysis;

namespace PredictiveMaintenance.Simulation;

/// <summary>What goes wrong in a run, and when: faults of single machines, one that several have in common, the link that is cut and the gateway that is killed.</summary>
internal sealed record Scenario(IReadOnlyList<string> Machines, DateTimeOffset From, DateTimeOffset To, IReadOnlyList<Injection> Injections)
{
    /// <summary>How long a fault lasts.</summary>
    public static readonly TimeSpan Length = TimeSpan.FromSeconds(3);

    // Detectors learn from what comes before the first fault, and have to settle between two.
    private static readonly TimeSpan Learning = TimeSpan.FromSeconds(8);
    private static readonly TimeSpan Distance = TimeSpan.FromSeconds(9);

    /// <summary>The machine that wears out.</summary>
    public string Worn => Machines[^1];

    public DateTimeOffset LinkCut => At(0.4);

    public DateTimeOffset EdgeKilled => At(0.5);

    public DateTimeOffset LinkBack => At(0.7);

    public static Scenario Of(int machines, DateTimeOffset from, TimeSpan duration, int seed)
    {
        var random = new Random(seed);
        string[] names = [.. Enumerable.Range(1, machines).Select(static number => $"press-{number}")];
        Fault[] faults = Enum.GetValues<Fault>();
        DateTimeOffset to = from + duration;
        List<Injection> injections = [];

        // The last machine wears out and has no sudden fault.
        for (int i = 0; i < machines - 1; i++)
        {
            int turn = i;
            for (DateTimeOffset at = from + Learning + Some(random, Distance); at + Length + Length < to; at += Length + Distance + Some(random, Distance))
            {
                injections.Add(new Injection(names[i], faults[turn++ % faults.Length], at, at + Length));
            }
        }

        return new Scenario(names, from, to, [.. injections, .. Shared(names, injections, to)]);
    }

    private static TimeSpan Some(Random random, TimeSpan most) => random.NextDouble() * most;

    /// <summary>A fault that machines have in common at the end, when it does not touch others of theirs.</summary>
    private static IEnumerable<Injection> Shared(string[] machines, List<Injection> injections, DateTimeOffset to)
    {
        DateTimeOffset at = to - Length - Length;
        string[] free = [.. machines[..^1].Where(machine => injections.TrueForAll(other => other.Machine != machine || other.To + Length < at))];
        return free.Length >= Cloud.Incident.LeastMachines ? free.Take(Cloud.Incident.LeastMachines).Select(machine => new Injection(machine, Fault.Leak, at, at + Length)) : [];
    }

    private DateTimeOffset At(double share) => From + (share * (To - From));
}
