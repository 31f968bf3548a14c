using IoTStream.Core.Tests.Support;
using IoTStream.Runtime;

namespace IoTStream.Core.Tests.Oracle;

/// <summary>
/// Windows by device time on random input, against an oracle. As long as the records of a key come from one partition, everything is determined,
/// however many partitions and lanes there are and however they take turns: each key's results, their order, and which of its records are late.
/// </summary>
[Parallelizable(ParallelScope.All)]
public class DeviceTimeProperties
{
    [Test]
    public void Each_key_gets_what_its_own_records_say_whatever_the_others_do([Values] bool sessions) => Property.Holds(
        random => KeyedWindowCase.WithDeviceTime(random, pauses: false),
        input => IsAsDefined(sessions ? input.InSessions() : input),
        input => input.Shrink());

    [Test]
    public void Silent_keys_complete_their_windows_and_are_forgotten_in_time([Values] bool sessions) => Property.Holds(
        random => KeyedWindowCase.WithDeviceTime(random, pauses: true),
        input => IsAsDefined(sessions ? input.InSessions() : input),
        input => input.Shrink());

    [Test]
    public void Triggers_go_by_the_keys_time_too([Values] bool sessions) => Property.Holds(
        random => KeyedWindowCase.WithDeviceTime(random, pauses: true) with
        {
            Trigger = KeyedWindowCase.RandomTrigger(random, byClock: true, byEventTime: true),
        },
        input => IsAsDefined(sessions ? input.InSessions() : input),
        input => input.Shrink());

    [Test]
    public void Results_of_keys_that_keep_up_with_the_stream_are_on_time_for_what_follows([Values] bool sessions) => Property.Holds(
        random => KeyedWindowCase.WithDeviceTime(random, pauses: false) with { Lateness = 0 },
        input =>
        {
            long disorder = 0;
            foreach (IGrouping<int, (int Partition, Reading Reading)> partition in
                input.Portions.SelectMany(portion => portion.Records).GroupBy(record => record.Partition))
            {
                long latest = 0;
                foreach ((_, Reading reading) in partition)
                {
                    latest = Math.Max(latest, reading.Time);
                    disorder = Math.Max(disorder, latest - reading.Time);
                }
            }

            KeyedWindowRun run = KeyedWindowRun.Of(sessions ? input.InSessions() : input, streamBound: disorder);

            StepMetrics all = run.Metrics.Of("all");
            all.RecordsIn.Should().Be(run.Results.Count);
            all.Late.Should().Be(0);
        },
        input => input.Shrink());

    private static void IsAsDefined(KeyedWindowCase input)
    {
        KeyedWindowOracle expected = KeyedWindowOracle.Compute(input);

        KeyedWindowRun run = KeyedWindowRun.Of(input);

        run.Results.OrderBy(result => result.Key).Should().Equal(expected.Results.OrderBy(result => result.Key));
        run.Late.Order().Should().Equal(expected.Late.Order());
        StepMetrics window = run.Metrics.Of("window");
        window.RecordsIn.Should().Be(input.Readings.Count());
        window.Late.Should().Be(expected.Late.Count);
        window.Dropped.Should().Be(0);
    }
}
