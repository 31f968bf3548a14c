using IoTStream.Connectors;
using IoTStream.Operators;
using IoTStream.State;

namespace IoTStream.Core.Tests.Oracle;

/// <summary>
/// Folds samples through an aggregate in every way that its kind allows: added one by one in any order; dealt out to accumulators that are
/// merged in any order, into each other or into fresh ones; with others merged as well that are subtracted again. With restarts, accumulators are
/// written and read again now and then.
/// </summary>
internal sealed class Folding<TOut>(IReadOnlyList<Sample> kept, IReadOnlyList<Sample> passing, Random random, Random? restarts = null)
    : IAggregationVisitor<Sample, TOut, IReadOnlyList<TOut>>
{
    private static readonly RecordOrigin Origin = new SourcePartition("source", 0, "partition").Origin;

    public IReadOnlyList<TOut> Visit<TAccumulator, TAggregate>(TAggregate aggregate)
        where TAggregate : struct, IAggregate<Sample, TAccumulator, TOut> =>
        [aggregate.GetResult(Fold<TAccumulator, TAggregate>(aggregate, kept)), aggregate.GetResult(Fold<TAccumulator, TAggregate>(aggregate, Shuffled(kept)))];

    public IReadOnlyList<TOut> VisitMergeable<TAccumulator, TAggregate>(TAggregate aggregate)
        where TAggregate : struct, IMergeableAggregate<Sample, TAccumulator, TOut>
    {
        List<TAccumulator> parts = [.. Deal(kept, random.Next(1, 8)).Select(part => Fold<TAccumulator, TAggregate>(aggregate, part))];
        TAccumulator merged = MergeAll<TAccumulator, TAggregate>(aggregate, parts);

        // What was merged does not share anything with its parts.
        TAccumulator copy = aggregate.Create();
        aggregate.Merge(ref copy, in merged);
        foreach (Sample sample in passing)
        {
            aggregate.Add(ref merged, sample, new RecordContext(sample.Time, Origin));
        }

        return [.. Visit<TAccumulator, TAggregate>(aggregate), aggregate.GetResult(in copy)];
    }

    public IReadOnlyList<TOut> VisitInvertible<TAccumulator, TAggregate>(TAggregate aggregate)
        where TAggregate : struct, IInvertibleAggregate<Sample, TAccumulator, TOut>
    {
        List<TAccumulator> leaving = [.. Deal(passing, random.Next(1, 6)).Select(part => Fold<TAccumulator, TAggregate>(aggregate, part))];
        List<TAccumulator> staying = [.. Deal(kept, random.Next(1, 6)).Select(part => Fold<TAccumulator, TAggregate>(aggregate, part))];
        TAccumulator running = aggregate.Create();
        foreach (TAccumulator part in Shuffled([.. leaving, .. staying]))
        {
            aggregate.Merge(ref running, in part);
            Restart<TAccumulator, TAggregate>(aggregate, ref running);
        }

        foreach (TAccumulator part in Shuffled(leaving))
        {
            aggregate.Subtract(ref running, in part);
            Restart<TAccumulator, TAggregate>(aggregate, ref running);
        }

        // As a window slides: the old leaves before the new comes, and everything has been in and out once.
        TAccumulator sliding = aggregate.Create();
        foreach (TAccumulator part in leaving)
        {
            aggregate.Merge(ref sliding, in part);
        }

        for (int i = 0; i < Math.Max(leaving.Count, staying.Count); i++)
        {
            if (i < leaving.Count)
            {
                aggregate.Subtract(ref sliding, leaving[i]);
            }

            if (i < staying.Count)
            {
                aggregate.Merge(ref sliding, staying[i]);
            }

            Restart<TAccumulator, TAggregate>(aggregate, ref sliding);
        }

        return [.. VisitMergeable<TAccumulator, TAggregate>(aggregate), aggregate.GetResult(in running), aggregate.GetResult(in sliding)];
    }

    private TAccumulator Fold<TAccumulator, TAggregate>(TAggregate aggregate, IEnumerable<Sample> samples)
        where TAggregate : struct, IAggregate<Sample, TAccumulator, TOut>
    {
        TAccumulator accumulator = aggregate.Create();
        foreach (Sample sample in samples)
        {
            aggregate.Add(ref accumulator, sample, new RecordContext(sample.Time, Origin));
            Restart<TAccumulator, TAggregate>(aggregate, ref accumulator);
        }

        return accumulator;
    }

    /// <summary>What an accumulator is after a restart takes its place.</summary>
    private void Restart<TAccumulator, TAggregate>(TAggregate aggregate, ref TAccumulator accumulator)
        where TAggregate : struct, IAggregate<Sample, TAccumulator, TOut>
    {
        if (restarts is null || restarts.Next(4) != 0)
        {
            return;
        }

        StateSerializer<TAccumulator> serializer = StateSerializers.Default.OfAccumulator<Sample, TAccumulator, TOut, TAggregate>(aggregate);
        var writer = new StateWriter();
        serializer.Write(writer, accumulator);
        var reader = new StateReader(writer.Written);
        accumulator = serializer.Reading(serializer.Format)!.Read(ref reader);
        reader.Remaining.Should().Be(0);
    }

    private TAccumulator MergeAll<TAccumulator, TAggregate>(TAggregate aggregate, List<TAccumulator> parts)
        where TAggregate : struct, IMergeableAggregate<Sample, TAccumulator, TOut>
    {
        while (parts.Count > 1)
        {
            TAccumulator into = Take(parts);
            TAccumulator other = Take(parts);
            if (random.Next(2) == 0)
            {
                TAccumulator fresh = aggregate.Create();
                aggregate.Merge(ref fresh, in into);
                into = fresh;
            }

            aggregate.Merge(ref into, in other);
            Restart<TAccumulator, TAggregate>(aggregate, ref into);
            parts.Add(into);
        }

        return parts[0];
    }

    private TAccumulator Take<TAccumulator>(List<TAccumulator> parts)
    {
        int index = random.Next(parts.Count);
        TAccumulator part = parts[index];
        parts.RemoveAt(index);
        return part;
    }

    /// <summary>Deals samples out: each part some of them, in any order, or a stretch of time, as slices are.</summary>
    private List<Sample>[] Deal(IReadOnlyList<Sample> samples, int parts)
    {
        var dealt = new List<Sample>[parts];
        for (int i = 0; i < parts; i++)
        {
            dealt[i] = [];
        }

        bool bySlices = random.Next(2) == 0;
        int number = 0;
        foreach (Sample sample in bySlices ? [.. samples.OrderBy(sample => sample.Time)] : Shuffled(samples))
        {
            dealt[bySlices ? number++ * parts / samples.Count : random.Next(parts)].Add(sample);
        }

        return random.Next(2) == 0 ? dealt : [.. dealt.Select(part => new List<Sample>(Shuffled(part)))];
    }

    private TItem[] Shuffled<TItem>(IReadOnlyList<TItem> items)
    {
        TItem[] shuffled = [.. items];
        random.Shuffle(shuffled);
        return shuffled;
    }
}
