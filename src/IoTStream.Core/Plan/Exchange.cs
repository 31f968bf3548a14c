using IoTStream.Operators;
using IoTStream.Runtime;

namespace IoTStream.Plan;

/// <summary>The rings between the lanes before an exchange and those after it, for one job.</summary>
internal sealed class Exchange<T>
{
    private readonly Compilation _compilation;
    private readonly LaneSet _producers;
    private readonly Ring<T>[][] _rings;

    /// <summary>Makes the rings and the receiving ends.</summary>
    /// <param name="compilation">The job in the making.</param>
    /// <param name="step">The name of the step after the exchange, for the metrics.</param>
    /// <param name="producers">The lanes before the exchange.</param>
    /// <param name="consumers">The lanes after it.</param>
    /// <param name="target">The first operator after it, a lane.</param>
    public Exchange(Compilation compilation, string step, LaneSet producers, LaneSet consumers, Func<int, Operator<T>> target)
    {
        _compilation = compilation;
        _producers = producers;
        JobProgram program = compilation.Program;
        JobOptions options = program.Options;
        _rings = [.. producers.Lanes.Select(producer => consumers.Lanes
            .Select(consumer => new Ring<T>(options.ExchangeCapacity, program.Lanes[producer], program.Lanes[consumer]))
            .ToArray())];
        for (int consumer = 0; consumer < consumers.Count; consumer++)
        {
            int lane = consumers.Lanes[consumer];
            Ring<T>[] inputs = [.. _rings.Select(outputs => outputs[consumer])];
            program.Lanes[lane].Add(new ExchangeInput<T>(step, inputs, target(lane), options.BatchSize));
            program.Exchanges.Add(new ExchangeFill(step, lane, () => inputs.Average(ring => (double)ring.Fill / ring.Capacity)));
        }
    }

    /// <summary>The sending end on a lane. Called once a lane.</summary>
    public Operator<T> Connect(int lane, Func<Ring<T>[], ExchangeOutput<T>> create)
    {
        ExchangeOutput<T> output = create(_rings[_producers.IndexOf(lane)]);
        _compilation.Program.Lanes[lane].Add(output);
        return output;
    }
}
