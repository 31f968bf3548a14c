using IoTStream.Core.Tests.Support;
using IoTStream.Dsl;

namespace IoTStream.Core.Tests.Oracle;

/// <summary>Windows with triggers, by the stream's time, on random input of one partition.</summary>
[Parallelizable(ParallelScope.All)]
public class TriggerProperties
{
    [Test]
    public void Windows_with_the_trigger_that_they_have_anyway_give_the_same_as_without([Values] bool sessions) => Property.Holds(
        random => sessions ? KeyedWindowCase.OfOneStream(random, pauses: false).InSessions() : KeyedWindowCase.OfOneStream(random, pauses: false),
        input => ByWindow(KeyedWindowRun.Of(input with { Trigger = Triggers.OnTime }).Results).Select(WithoutPane)
            .Should().Equal(ByWindow(KeyedWindowRun.Of(input).Results).Select(WithoutPane)),
        input => input.Shrink());

    [Test]
    public void Early_and_late_results_come_when_records_or_processing_time_ask_for_them([Values] bool sessions) => Property.Holds(
        random => KeyedWindowCase.OfOneStream(random, pauses: true) with
        {
            Trigger = KeyedWindowCase.RandomTrigger(random, byClock: true, byEventTime: false),
        },
        input => IsAsDefined(sessions ? input.InSessions() : input),
        input => input.Shrink());

    [Test]
    public void Early_results_come_when_event_time_asks_for_them([Values] bool sessions) => Property.Holds(
        random => KeyedWindowCase.OfOneStream(random, pauses: true) with
        {
            Trigger = KeyedWindowCase.RandomTrigger(random, byClock: true, byEventTime: true),

            // In longer batches a record can be there before the watermark that the one before it allows.
            BatchSize = 1,
            Lanes = 1,
        },
        input => IsAsDefined(sessions ? input.InSessions() : input),
        input => input.Shrink());

    private static void IsAsDefined(KeyedWindowCase input)
    {
        KeyedWindowOracle expected = KeyedWindowOracle.Compute(input);

        KeyedWindowRun run = KeyedWindowRun.Of(input);

        ByWindow(run.Results).Should().Equal(ByWindow(expected.Results));
        run.Late.Order().Should().Equal(expected.Late.Order());
    }

    private static IEnumerable<(int Key, long Start, string Text)> ByWindow(IEnumerable<(int Key, long Start, string Text)> results) =>
        results.OrderBy(result => (result.Key, result.Start));

    private static (int Key, long Start, string Text) WithoutPane((int Key, long Start, string Text) result) =>
        result with { Text = result.Text[..result.Text.LastIndexOf(' ')] };
}
