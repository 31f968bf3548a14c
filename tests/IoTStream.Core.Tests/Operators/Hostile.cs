using IoTStream.Connectors;
using IoTStream.Core.Tests.Support;
using IoTStream.Operators;
using IoTStream.Time;

namespace IoTStream.Core.Tests.Operators;

/// <summary>
/// Runs an operator twice on the same input: with outputs that always have room, and with outputs that have room for one batch now and
/// then. What comes out must not depend on it, and no batch may come for which there was no room.
/// </summary>
internal static class Hostile
{
    public delegate Operator<TIn> Factory<TIn, TOut>(
        Probe<TOut> next, Probe<TIn> late, Probe<DeadLetter> deadLetters, StepCounters counters, OperatorContext context);

    public static void SameWhateverTheRoom<TIn, TOut>(IReadOnlyList<Input<TIn>> inputs, int batchSize, int seed, Factory<TIn, TOut> create)
    {
        var calm = new Trial<TIn, TOut>(batchSize, create, random: null);
        var hostile = new Trial<TIn, TOut>(batchSize, create, new Random(seed));

        calm.Run(inputs);
        hostile.Run(inputs);

        hostile.Next.Values.Should().Equal(calm.Next.Values);
        Contexts(hostile.Next).Should().Equal(Contexts(calm.Next));
        hostile.Late.Values.Should().Equal(calm.Late.Values);
        hostile.DeadLetters.Values.Select(letter => letter.Element).Should().Equal(calm.DeadLetters.Values.Select(letter => letter.Element));
        hostile.Next.Watermark.Should().Be(calm.Next.Watermark);
        hostile.Late.Watermark.Should().Be(calm.Late.Watermark);
        Epochs(hostile.Next, calm.Next);
        Epochs(hostile.Late, calm.Late);
        Epochs(hostile.DeadLetters, calm.DeadLetters);
        WatermarksBeforeRecords(hostile.Next).Zip(WatermarksBeforeRecords(calm.Next)).Should().NotContain(
            pair => pair.First > pair.Second, "a watermark that waits may be skipped for a later one, but overtakes no record");
        (hostile.Next.HasEnded && hostile.Late.HasEnded && hostile.DeadLetters.HasEnded).Should().BeTrue();
        Counts(hostile.Counters).Should().Be(Counts(calm.Counters));
        foreach (Trial<TIn, TOut> trial in (Trial<TIn, TOut>[])[calm, hostile])
        {
            (trial.Next.Unasked + trial.Late.Unasked + trial.DeadLetters.Unasked).Should().Be(0);
            trial.Next.BatchSizes.Concat(trial.Late.BatchSizes).Concat(trial.DeadLetters.BatchSizes).Should().NotContain(size => size > batchSize);
        }
    }

    /// <summary>A barrier has the same records before it whatever the room, and none is lost.</summary>
    private static void Epochs<T>(Probe<T> hostile, Probe<T> calm) => Barriers(hostile).Should().Equal(Barriers(calm));

    private static IEnumerable<(string Barrier, int RecordsBefore)> Barriers<T>(Probe<T> probe)
    {
        int records = 0;
        foreach (string entry in probe.Log)
        {
            if (entry.StartsWith("b:", StringComparison.Ordinal))
            {
                yield return (entry, records);
            }
            else if (!entry.StartsWith("w:", StringComparison.Ordinal) && entry is not ("idle" or "active" or "end"))
            {
                records++;
            }
        }
    }

    private static IEnumerable<(long, string)> Contexts<T>(Probe<T> probe) =>
        probe.Records.Select(record => (record.Context.TimestampTicks, record.Context.Partition.ToString()));

    private static (long, long, long, long, long) Counts(StepCounters counters) =>
        (counters.RecordsIn, counters.RecordsOut, counters.Late, counters.Dropped, counters.DeadLetters);

    private static List<long> WatermarksBeforeRecords<T>(Probe<T> probe)
    {
        long watermark = Watermark.None;
        List<long> watermarks = [];
        foreach (string entry in probe.Log)
        {
            if (entry == "w:end")
            {
                watermark = Watermark.End;
            }
            else if (entry.StartsWith("w:", StringComparison.Ordinal))
            {
                watermark = long.Parse(entry.AsSpan(2));
            }
            else if (!entry.StartsWith("b:", StringComparison.Ordinal) && entry is not ("idle" or "active" or "end"))
            {
                watermarks.Add(watermark);
            }
        }

        return watermarks;
    }

    /// <summary>Records of some partitions, or else a watermark.</summary>
    internal sealed record Input<TIn>((long Timestamp, TIn Value, int Partition)[] Records, long Watermark = Time.Watermark.None);

    private sealed class Trial<TIn, TOut>
    {
        private static readonly SourcePartition[] Partitions =
            [.. Enumerable.Range(0, 4).Select(index => new SourcePartition("source", index, $"{index}"))];

        private readonly OperatorContext _context;
        private readonly Operator<TIn> _operator;
        private readonly Random? _random;

        public Trial(int batchSize, Factory<TIn, TOut> create, Random? random)
        {
            _random = random;
            _context = new OperatorContext(0, batchSize, TimeProvider.System);
            _operator = create(Next, Late, DeadLetters, Counters, _context);
        }

        public Probe<TOut> Next { get; } = new();

        public Probe<TIn> Late { get; } = new();

        public Probe<DeadLetter> DeadLetters { get; } = new();

        public StepCounters Counters { get; } = new("step", 0);

        public void Run(IReadOnlyList<Input<TIn>> inputs)
        {
            long epoch = 0;
            for (int i = 0; i < inputs.Count; i++)
            {
                Input<TIn> input = inputs[i];
                if (input.Records.Length > 0)
                {
                    Settle(() => _operator.IsReady);
                    var buffer = new RecordBuffer<TIn>();
                    foreach ((long timestamp, TIn value, int partition) in input.Records)
                    {
                        buffer.Add(timestamp, value, Partitions[partition].Origin);
                    }

                    _operator.OnBatch(buffer.AsBatch());
                }
                else
                {
                    Squeeze();
                    _operator.OnWatermark(input.Watermark);
                }

                if (i % 5 == 4)
                {
                    // The next barrier comes only when everybody has passed the one before it.
                    Settle(() => epoch == 0 || Next.Log.Contains($"b:{epoch}"));
                    _operator.OnBarrier(++epoch);
                }
            }

            _operator.OnWatermark(Watermark.End);
            _operator.OnEnd();
            Settle(() => !_context.Resumables.Exists(operation => operation.HasPending));
        }

        /// <summary>Goes on until a condition holds, with the room that comes and goes meanwhile.</summary>
        private void Settle(Func<bool> condition)
        {
            for (int round = 0; ; round++)
            {
                Squeeze();
                foreach (IResumable operation in _context.Resumables)
                {
                    if (operation.HasPending)
                    {
                        operation.Resume();
                    }
                }

                if (condition())
                {
                    return;
                }

                round.Should().BeLessThan(5_000, "an operator with room now and then comes to an end");
            }
        }

        private void Squeeze()
        {
            if (_random is not null)
            {
                Next.Room = _random.Next(2);
                Late.Room = _random.Next(4) == 0 ? 0 : 1;
                DeadLetters.Room = _random.Next(4) == 0 ? 0 : 1;
            }
        }
    }
}
