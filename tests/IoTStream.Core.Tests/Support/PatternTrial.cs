using IoTStream.Connectors;
using IoTStream.Dsl;
using IoTStream.Operators;
using IoTStream.Runtime;
using IoTStream.Time;

namespace IoTStream.Core.Tests.Support;

/// <summary>
/// Looks for a pattern in records that are written as words, such as <c>a1 b1 a2</c>, one tick apart unless they say their time, as in <c>a1@10</c>. A step
/// takes words that begin with its name.
/// </summary>
internal sealed class PatternTrial
{
    private readonly CollectingSink<string> _matches = new();
    private readonly CollectingSink<string> _timedOut = new();
    private readonly CollectingSink<string> _late = new() { AllowsParallelWriters = true };
    private readonly CollectingSink<DeadLetter> _letters = new();

    /// <summary>The matches, as their words, in order.</summary>
    public IReadOnlyList<string> Matches => _matches.Values;

    /// <summary>As <see cref="Matches"/>, each with its timestamp.</summary>
    public IReadOnlyList<string> DatedMatches => [.. _matches.Records.Select(record => $"{record.Value}@{record.Context.TimestampTicks}")];

    /// <summary>The partial matches whose time was over, with their timestamps.</summary>
    public IReadOnlyList<string> TimedOut => [.. _timedOut.Records.Select(record => $"{record.Value}@{record.Context.TimestampTicks}")];

    public IReadOnlyList<string> Late => _late.Values;

    public IReadOnlyList<DeadLetter> DeadLetters => _letters.Values;

    public StepMetrics Metrics { get; private set; }

    /// <summary>A step that takes the words that begin with its name.</summary>
    public static PatternStep<string> Step(string name) => Pattern.Step<string>(name, word => word.StartsWith(name, StringComparison.Ordinal));

    public static async Task<PatternTrial> RunAsync(
        string words,
        Pattern<string> pattern,
        AfterMatch? afterMatch = null,
        long bound = 0,
        ErrorPolicy onError = ErrorPolicy.Fail,
        Func<string, string>? result = null,
        JobOptions? options = null)
    {
        var trial = new PatternTrial();
        TopologyBuilder builder = trial.Describe(words, pattern, afterMatch ?? AfterMatch.NoSkip, bound, onError, result ?? (text => text));
        await using Job job = await builder.Build().StartAsync(options ?? new JobOptions { Lanes = 1 });
        await Connectors.Within.Time(job.Completion);
        trial.Metrics = job.GetMetrics().Of("pattern");
        return trial;
    }

    private static string Text<TKey>(TKey key, Match<string> match) => string.Join(' ', match.All());

    private TopologyBuilder Describe(string words, Pattern<string> pattern, AfterMatch afterMatch, long bound, ErrorPolicy onError, Func<string, string> result)
    {
        (string Word, long Time)[] records = [.. words.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select((word, index) =>
            word.Split('@') is [var text, var time] ? (text, long.Parse(time)) : (word, (long)index))];
        var builder = new TopologyBuilder("t");
        KeyedStream<int, string> keyed = builder.From("source", new ArraySource<(string Word, long Time)>(records))
            .WithEventTime(record => new DateTimeOffset(record.Time, TimeSpan.Zero), Watermarks.BoundedOutOfOrderness(TimeSpan.FromTicks(bound)))
            .Select(record => record.Word)
            .KeyBy(_ => 1);
        if (pattern.Time is null)
        {
            keyed.Match("pattern", pattern, afterMatch, (key, match) => result(Text(key, match)), out DataStream<string> late, onError).To("matches", _matches);
            late.To("late", _late);
        }
        else
        {
            keyed.Match(
                "pattern", pattern, afterMatch, (key, match) => result(Text(key, match)), Text, out DataStream<string> timedOut, out DataStream<string> late, onError)
                .To("matches", _matches);
            timedOut.To("timed-out", _timedOut);
            late.To("late", _late);
        }

        if (onError == ErrorPolicy.DeadLetter)
        {
            builder.DeadLetters.To("letters", _letters);
        }

        return builder;
    }
}
