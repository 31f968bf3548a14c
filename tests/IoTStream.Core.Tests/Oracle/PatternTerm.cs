using IoTStream.Dsl;
using IoTStream.Operators;

namespace IoTStream.Core.Tests.Oracle;

/// <summary>A step of a random pattern: its condition is that the record's value is in a set and stands in some relation to what was matched before.</summary>
internal sealed record PatternTerm
{
    public required PatternRelation Relation { get; init; }

    /// <summary>The values from 0 to 4 that fit, a bit each.</summary>
    public required int Values { get; init; }

    /// <summary>An earlier step that takes records, by its place among those; negative if there is none to compare with.</summary>
    public int Earlier { get; init; } = -1;

    /// <summary>What is compared with the earlier step.</summary>
    public int Comparison { get; init; }

    public int Least { get; init; } = 1;

    public int Most { get; init; } = 1;

    public bool Optional { get; init; }

    public bool Greedy { get; init; }

    public PatternRelation? Inner { get; init; }

    /// <summary>The values that end the loop, a bit each; zero if none do.</summary>
    public int Until { get; init; }

    public bool IsNegative => Relation is PatternRelation.NotNext or PatternRelation.NotFollowedBy;

    public bool IsLoop => Most > 1;

    public static PatternTerm Create(Random random, bool first, int earlier)
    {
        PatternRelation relation = first ? PatternRelation.Begin : (PatternRelation)random.Next(1, 6);
        bool negative = relation is PatternRelation.NotNext or PatternRelation.NotFollowedBy;
        var term = new PatternTerm
        {
            Relation = relation,
            Values = negative ? 1 << random.Next(5) : random.Next(1, 32) | random.Next(1, 32),
            Earlier = earlier > 0 && random.Next(3) == 0 ? random.Next(earlier) : -1,
            Comparison = random.Next(4),
        };
        if (negative || random.Next(5) < 2)
        {
            return term;
        }

        int least = random.Next(1, 4);
        int most = random.Next(3) == 0 ? int.MaxValue : least + random.Next(3);
        bool loop = random.Next(4) > 0;
        return term with
        {
            Least = loop ? least : 1,
            Most = loop ? most : 1,
            Optional = random.Next(3) == 0,
            Greedy = random.Next(3) == 0,
            Inner = loop ? random.Next(5) switch { 0 => PatternRelation.Next, 1 => PatternRelation.FollowedByAny, _ => null } : null,
            Until = loop && random.Next(4) == 0 ? 1 << random.Next(5) : 0,
        };
    }

    /// <summary>The step as a user would write it.</summary>
    public PatternStep<Reading> ToStep(string name, IReadOnlyList<PatternStep<Reading>> earlier)
    {
        PatternStep<Reading> step = Earlier < 0
            ? Pattern.Step<Reading>(name, reading => Has(Values, reading))
            : Pattern.Step<Reading>(name, (reading, match) => Has(Values, reading) && Compares(reading, match, earlier[Earlier]));
        step = (Least, Most) switch
        {
            (1, 1) => step,
            (1, int.MaxValue) => step.OneOrMore(),
            (var least, int.MaxValue) => step.TimesOrMore(least),
            _ => step.Times(Least, Most),
        };
        step = Optional ? step.Optional() : step;
        step = Greedy ? step.Greedy() : step;
        step = Inner switch
        {
            PatternRelation.Next => step.Consecutive(),
            PatternRelation.FollowedByAny => step.AllowCombinations(),
            _ => step,
        };
        return Until == 0 ? step : step.Until(reading => Has(Until, reading));
    }

    /// <summary>The condition as the oracle sees it.</summary>
    public bool Holds(Reading reading, IReadOnlyList<(int Step, Reading Reading)> before)
    {
        Reading[] earlier = [.. before.Where(taken => taken.Step == Earlier).Select(taken => taken.Reading)];
        return Has(Values, reading) && (Earlier < 0 || Comparison switch
        {
            0 => earlier.Length == 0 || reading.Value >= earlier[0].Value,
            1 => earlier.Length == 0 || reading.Value <= earlier[^1].Value,
            2 => earlier.Length % 2 == 1,
            _ => earlier.Length == 0 || reading.Time - earlier[^1].Time < 6,
        });
    }

    public bool Ends(Reading reading) => Until != 0 && Has(Until, reading);

    private static bool Has(int values, Reading reading) => (values >> reading.Value & 1) == 1;

    private bool Compares(Reading reading, Match<Reading> match, PatternStep<Reading> earlier) => Comparison switch
    {
        0 => !match.Has(earlier) || reading.Value >= match.First(earlier).Value,
        1 => !match.Has(earlier) || reading.Value <= match.Last(earlier).Value,
        2 => match.Count(earlier) % 2 == 1,
        _ => !match.Has(earlier) || reading.Time - match.LastContext(earlier).TimestampTicks < 6,
    };
}
