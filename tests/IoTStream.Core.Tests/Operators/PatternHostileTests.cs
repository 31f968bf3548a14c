using IoTStream.Core.Tests.Oracle;
using IoTStream.Core.Tests.Support;
using IoTStream.Dsl;
using IoTStream.Operators;

namespace IoTStream.Core.Tests.Operators;

[Parallelizable(ParallelScope.All)]
public class PatternHostileTests
{
    [Test]
    public void Patterns_give_the_same_whatever_the_room() => Property.Holds(
        HostileInputs.Create,
        input =>
        {
            PatternStep<Reading> first = Pattern.Step<Reading>("first", reading => reading.Value % 7 == 0 ? throw new FormatException() : reading.Value % 2 == 0);
            PatternStep<Reading> more = Pattern.Step<Reading>("more", (reading, match) => reading.Value % 3 != match.Last(first).Value % 3);
            PatternLink<Reading>[] links = [new(PatternRelation.Begin, first), new(PatternRelation.FollowedByAny, more.Times(1, 2).AllowCombinations())];
            Hostile.SameWhateverTheRoom<Reading, int>(input.Inputs, input.BatchSize, input.Seed, (next, late, deadLetters, counters, context) =>
            {
                var side = new SideOutput<Reading>(late);
                return new PatternOperator<int, Reading, int>(
                    new(reading => reading.Key),
                    new PatternProgram<Reading>(links),
                    new PatternSettings((input.Seed % 30) + 1, 1000, (SkipStrategy)(input.Seed % 3), -1),
                    (_, match) => match.Last(more).Id % 5 == 0 ? throw new FormatException() : match.Last(more).Id,
                    (_, match, matched) => side.Add(match.First(first), matched),
                    side,
                    [side],
                    next,
                    counters,
                    HostileInputs.Errors(counters, deadLetters),
                    context);
            });
        });
}
