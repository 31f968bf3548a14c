using IoTStream.Connectors;
using IoTStream.Core.Tests.Oracle;
using IoTStream.Core.Tests.Support;
using IoTStream.Operators;

namespace IoTStream.Core.Tests.Durability;

/// <summary>A lane with one operator on it, and what comes out.</summary>
internal sealed class LaneRig(OperatorContext context)
{
    private static readonly SourcePartition[] Partitions = [.. Enumerable.Range(0, 3).Select(index => new SourcePartition("source", index, $"{index}"))];

    private readonly List<Func<List<Outcome>>> _outputs = [];

    public OperatorContext Context { get; } = context;

    public StepCounters Counters { get; } = new("step", context.Lane);

    public ErrorHandler Errors => field ??= new ErrorHandler(ErrorPolicy.Skip, Counters, deadLetters: null);

    public Operator<Reading> Left { get; set; } = null!;

    public Operator<Reading>? Right { get; set; }

    /// <summary>An output of the operator.</summary>
    /// <param name="describe">What a result is about, and what there is to say of it.</param>
    public Probe<T> Output<T>(Func<T, RecordContext, (int Key, string Text)> describe)
    {
        var probe = new Probe<T>();
        int output = _outputs.Count;
        _outputs.Add(() =>
        {
            List<Outcome> outcomes = [.. probe.Records.Select(record =>
            {
                (int key, string text) = describe(record.Value, record.Context);
                return new Outcome(output, key, $"{text} at {record.Context.TimestampTicks}");
            })];
            probe.Records.Clear();
            return outcomes;
        });
        return probe;
    }

    /// <summary>An output of records that have been passed on.</summary>
    public Probe<Reading> Passed() => Output<Reading>((reading, from) => (reading.Key, $"{reading} from {from.Partition.Index}"));

    /// <summary>What has come out since the last time.</summary>
    public List<Outcome> Take() => [.. _outputs.SelectMany(output => output())];

    public void Push(Operator<Reading> input, IEnumerable<Reading> readings)
    {
        var buffer = new RecordBuffer<Reading>();
        foreach (Reading reading in readings)
        {
            buffer.Add(reading.Time, reading, Partitions[reading.Id % Partitions.Length].Origin);
        }

        if (buffer.Count > 0)
        {
            input.OnBatch(buffer.AsBatch());
            Settle();
        }
    }

    public void OnTime()
    {
        foreach (ITimed timed in Context.Timed)
        {
            if (timed.Deadline <= Context.TimeProvider.GetTimestamp())
            {
                timed.OnTime(Context.TimeProvider.GetTimestamp());
            }
        }

        Settle();
    }

    public void Settle()
    {
        for (int round = 0; Context.Resumables.Exists(operation => operation.HasPending); round++)
        {
            round.Should().BeLessThan(10_000, "an operator with room comes to an end");
            Context.Resumables.ForEach(operation => operation.Resume());
        }
    }
}

/// <summary>Something that came out of an output.</summary>
internal sealed record Outcome(int Output, int Key, string Text);
