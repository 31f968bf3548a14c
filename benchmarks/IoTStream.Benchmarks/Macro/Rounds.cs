using System.Diagnostics;

namespace IoTStream.Benchmarks.Macro;

/// <summary>
/// Measures the variants of a workload in rounds: in each round all of them run once, in turn. A shared machine is slower for seconds at a time, and a round
/// is short beside that, so the ratios of a round say more than those of runs that lie further apart.
/// </summary>
internal sealed class Rounds
{
    private static readonly TimeSpan Enough = TimeSpan.FromSeconds(10);

    private readonly Workload _workload;
    private readonly int _events;

    private Rounds(Workload workload, int events)
    {
        _workload = workload;
        _events = events;
    }

    /// <exception cref="InvalidOperationException">The variants do not compute the same.</exception>
    public static async Task<Report> MeasureAsync(Workload workload, int events)
    {
        var rounds = new Rounds(workload, events);
        IReadOnlyList<Variant> variants = workload.Prepare(events);
        Outcome expected = await variants[0].RunAsync();
        List<Runs> together = [.. variants.Where(variant => variant.Part is null).Select(variant => new Runs(variant, events))];
        await rounds.RunAsync(together, warmUps: 3, least: 7, expected);
        List<Runs> slow = [.. variants.Where(variant => variant.Part is not null).Select(variant => new Runs(variant, variant.Part!.Value))];
        if (slow.Count > 0)
        {
            await rounds.RunAsync(slow, warmUps: 1, least: 3, expected);
        }


        IReadOnlyList<Variant> halves = workload.Prepare(events / 2);
        List<Measurement> measurements = [];
        foreach (Runs runs in together.Concat(slow))
        {
            double? steady = runs.Variant.IsOurs ? await rounds.SteadyBytesAsync(runs, halves.First(half => half.Name == runs.Variant.Name)) : null;
            measurements.Add(runs.ToMeasurement(workload.Name, steady));
        }

        Measurement ours = measurements[0];
        IEnumerable<Ratio> ratios = measurements
            .Skip(1)
            .Select(other => Ratio.Of(ours, other, workload.Goals.FirstOrDefault(goal => goal.Variant == ours.Variant && goal.Reference == other.Variant)?.AtLeast));
        IEnumerable<Ratio> others = workload.Goals
            .Where(goal => goal.Variant != ours.Variant)
            .Select(goal => Ratio.Of(
                measurements.First(measurement => measurement.Variant == goal.Variant),
                measurements.First(measurement => measurement.Variant == goal.Reference),
                goal.AtLeast));
        return new Report(measurements, [.. ratios, .. others]);
    }

    /// <summary>Measures an odd number of rounds, as many as it takes to have measured long enough: short runs are disturbed more.</summary>
    private async Task RunAsync(List<Runs> variants, int warmUps, int least, Outcome expected)
    {
        long start = 0;
        for (int round = -warmUps; round < least || round % 2 == 0 || Stopwatch.GetElapsedTime(start) < Enough; round++)
        {
            if (round == 0)
            {
                start = Stopwatch.GetTimestamp();
            }

            foreach (Runs runs in variants)
            {
                Outcome outcome = await runs.RunAsync(isMeasured: round >= 0);
                if (round == -warmUps)
                {
                    Outcome comparable = runs.Variant.ExpectedAsync is null ? expected : await runs.Variant.ExpectedAsync();
                    if (!outcome.Agrees(comparable))
                    {
                        throw new InvalidOperationException($"{_workload.Name}: {runs.Variant.Name} computed {outcome}, others computed {comparable}.");
                    }
                }
            }
        }
    }

    private async Task<double> SteadyBytesAsync(Runs runs, Variant half)
    {
        long allocated = Runs.CollectAndCount();
        await half.RunAsync();
        return (runs.AllocatedBytes - (GC.GetTotalAllocatedBytes(precise: true) - allocated)) / (_events - (_events / 2));
    }
}
