using IoTStream.Dsl;
using IoTStream.Operators;
using IoTStream.Plan;

namespace IoTStream.Core.Tests.Oracle;

/// <summary>Records, a pattern, and how the job runs.</summary>
internal sealed record PatternCase
{
    private const long Start = 1_000_000;

    /// <summary>The records in the order of their arrival.</summary>
    public required Reading[] Readings { get; init; }

    public required PatternTerm[] Terms { get; init; }

    /// <summary>Ticks; null if there is no limit.</summary>
    public required long? Within { get; init; }

    public required SkipStrategy Skip { get; init; }

    /// <summary>The step that is skipped to, by its place among those that take records.</summary>
    public required int SkipTo { get; init; }

    public required long Bound { get; init; }

    public required bool SidesAreConsumed { get; init; }

    public required int Lanes { get; init; }

    public required int BatchSize { get; init; }

    public required int ExchangeCapacity { get; init; }

    public required int ReadSize { get; init; }

    public required bool Threads { get; init; }

    public required int Seed { get; init; }

    public static PatternCase Create(Random random)
    {
        while (true)
        {
            PatternCase found = CreateAny(random);
            if (!found.IsWrong())
            {
                return found;
            }
        }
    }

    public static string Text(long time, IEnumerable<IEnumerable<int>> steps) => $"{time - Start}: {string.Join(" | ", steps.Select(ids => string.Join(' ', ids)))}";

    /// <summary>The pattern as a user would write it.</summary>
    public (Pattern<Reading> Pattern, PatternStep<Reading>[] Steps) ToPattern()
    {
        List<PatternStep<Reading>> steps = [];
        PatternSequence<Reading>? sequence = null;
        for (int place = 0; place < Terms.Length; place++)
        {
            PatternTerm term = Terms[place];
            PatternStep<Reading> step = term.ToStep($"s{place}", steps);
            sequence = term.Relation switch
            {
                PatternRelation.Begin => Pattern.Begin(step),
                PatternRelation.Next => sequence!.Next(step),
                PatternRelation.FollowedBy => sequence!.FollowedBy(step),
                PatternRelation.FollowedByAny => sequence!.FollowedByAny(step),
                PatternRelation.NotNext => sequence!.NotNext(step),
                _ => sequence!.NotFollowedBy(step),
            };
            if (!term.IsNegative)
            {
                steps.Add(step);
            }
        }

        Pattern<Reading> pattern = Within is { } within ? sequence!.Within(TimeSpan.FromTicks(within)) : sequence!.WithinAnyTime();
        return (pattern.KeepingAtMost(1_000_000), [.. steps]);
    }

    public AfterMatch ToAfterMatch(PatternStep<Reading>[] steps) => Skip switch
    {
        SkipStrategy.ToNext => AfterMatch.SkipToNext,
        SkipStrategy.PastLast => AfterMatch.SkipPastLastRecord,
        SkipStrategy.ToFirst => AfterMatch.SkipToFirst(steps[SkipTo]),
        SkipStrategy.ToLast => AfterMatch.SkipToLast(steps[SkipTo]),
        _ => AfterMatch.NoSkip,
    };

    /// <summary>The records that come when the watermark has passed them, and the others.</summary>
    public ILookup<bool, Reading> ByLateness()
    {
        long latest = long.MinValue / 2;
        return Readings.Select(reading =>
        {
            bool late = reading.Time < latest - Bound;
            latest = Math.Max(latest, reading.Time);
            return (reading, late);
        }).ToLookup(pair => pair.late, pair => pair.reading);
    }

    public IEnumerable<PatternCase> Shrink()
    {
        foreach (PatternCase simpler in (PatternCase[])[this with { Threads = false }, this with { Lanes = 1 }, this with { BatchSize = 1024 },
            this with { ReadSize = 1024 }, this with { Skip = SkipStrategy.None }])
        {
            if (simpler != this)
            {
                yield return simpler;
            }
        }

        for (int i = 0; i < Readings.Length; i++)
        {
            yield return this with { Readings = [.. Readings[..i], .. Readings[(i + 1)..]] };
        }

        for (int i = 0; i < Terms.Length; i++)
        {
            foreach (PatternTerm term in (PatternTerm[])[Terms[i] with { Greedy = false }, Terms[i] with { Optional = false }, Terms[i] with { Earlier = -1 },
                Terms[i] with { Until = 0 }, Terms[i] with { Inner = null }, Terms[i] with { Least = 1, Most = 1, Inner = null, Until = 0, Greedy = false }])
            {
                PatternCase simpler = this with { Terms = [.. Terms[..i], term, .. Terms[(i + 1)..]] };
                if (term != Terms[i] && !simpler.IsWrong())
                {
                    yield return simpler;
                }
            }
        }
    }

    public override string ToString() =>
        $"{ToPattern().Pattern}; {Skip} {SkipTo}; bound {Bound} sides {SidesAreConsumed} lanes {Lanes} batch {BatchSize} capacity {ExchangeCapacity} " +
        $"read {ReadSize} threads {Threads} seed {Seed}\n{string.Join('\n', Terms.Select(term => term.ToString()))}\n" +
        string.Join('\n', Readings.Select(reading => reading.ToString()));

    private static PatternCase CreateAny(Random random)
    {
        int keys = random.Next(1, 4);
        int disorder = Pick(random, 0, 0, 3, 10);
        int pace = Pick(random, 0, 1, 3, 8);
        List<PatternTerm> terms = [PatternTerm.Create(random, first: true, earlier: 0)];
        for (int more = random.Next(4); more > 0; more--)
        {
            terms.Add(PatternTerm.Create(random, first: false, terms.Count(term => !term.IsNegative)));
        }

        long time = Start;
        int count = random.Next(1, 9) * keys;
        return new PatternCase
        {
            Readings = [.. Enumerable.Range(0, count).Select(id =>
            {
                time += random.Next(pace + 1);
                return new Reading(id, random.Next(keys), time - random.Next(disorder + 1), random.Next(5));
            })],
            Terms = [.. terms],
            Within = random.Next(5) == 0 ? null : Pick(random, 1, random.Next(1, 20), random.Next(1, 60), TimeSpan.MaxValue.Ticks / 4),
            Skip = (SkipStrategy)random.Next(5),
            SkipTo = random.Next(terms.Count(term => !term.IsNegative)),
            Bound = Pick(random, disorder, disorder, random.Next(6)),
            SidesAreConsumed = random.Next(4) > 0,
            Lanes = random.Next(1, 5),
            BatchSize = Pick(random, 1, 2, 3, 5, 16, 1024),
            ExchangeCapacity = Pick(random, 1, 2, 8),
            ReadSize = Pick(random, 1, 2, 7, 50),
            Threads = random.Next(16) == 0,
            Seed = random.Next(),
        };
    }

    /// <summary>Whether the topology would be refused.</summary>
    private bool IsWrong()
    {
        (Pattern<Reading> pattern, PatternStep<Reading>[] steps) = ToPattern();
        AfterMatch afterMatch = ToAfterMatch(steps);
        return PatternRules.Check(new PatternDescription<Reading>(
            pattern.Links, Within ?? PatternSettings.AnyTime, pattern.MaxKept, afterMatch.Strategy, afterMatch.Step, "")).Any();
    }

    private static T Pick<T>(Random random, params ReadOnlySpan<T> choices) => choices[random.Next(choices.Length)];
}
