using IoTStream.Dsl;
using IoTStream.Time;

namespace IoTStream.Testing.Tests;

[Parallelizable(ParallelScope.All)]
public class ExplorationTests
{
    [Test]
    public void Windows_give_the_same_whatever_the_schedule()
    {
        Reading[][] partitions = [.. Enumerable.Range(0, 3).Select(partition =>
            Enumerable.Range(0, 60).Select(second => new Reading($"road-{second % 7}", second, (partition * 100) + second)).ToArray())];
        var expected = partitions.SelectMany(readings => readings)
            .GroupBy(reading => (reading.Road, Start: reading.Second / 10 * 10))
            .Select(window => $"{window.Key.Road} {window.Key.Start}: {window.Count()}");

        Exploration.Compare(300, expected, options =>
        {
            var readings = new TestSource<Reading>(partitions: 3, readers: 2);
            var counts = new TestSink<string>();
            var builder = new TopologyBuilder("counts");
            builder.From("readings", readings)
                .WithEventTime(reading => reading.MeasuredAt, Watermarks.Monotonous())
                .KeyBy(reading => reading.Road)
                .Window(Tumbling.Of(TimeSpan.FromSeconds(10)), AllowedLateness.None)
                .Aggregate("count", Aggregates.Count<Reading>())
                .Select(count => $"{count.Key} {count.Window.Start.Second}: {count.Value}")
                .To("counts", counts);
            using TestJob test = TestJob.Start(builder.Build(), options);
            for (int i = 0; i < partitions.Length; i++)
            {
                readings[i].AddRange(partitions[i]);
            }

            readings.End();
            test.RunToEnd();
            return counts.Values;
        });
    }

    [Test]
    public void A_function_that_relies_on_the_order_of_partitions_is_found_and_the_seed_repeats_it()
    {
        Action explore = () => Exploration.Compare(100, ["1 left", "2 left", "3 right", "4 right"], Numbered);

        TestJobException failure = explore.Should().Throw<TestJobException>().Which;

        failure.Message.Should().StartWith($"Seed {failure.Options.Seed}: The output differs").And.Contain("Missing: ")
            .And.EndWith($"Repeat it with: {failure.Options}");
        failure.Options.Should().Be(TestJobOptions.FromSeed(failure.Options.Seed));
        Numbered(failure.Options).Should().Equal(Numbered(failure.Options));
    }

    [Test]
    public async Task What_a_test_throws_is_the_cause()
    {
        var wrong = new InvalidDataException("wrong");
        Action run = () => Exploration.Run(10, options => throw (options.Seed == 7 ? wrong : new IOException()), firstSeed: 7);
        Func<Task> runAsync = () => Exploration.RunAsync(
            10,
            async options =>
            {
                await Task.Yield();
                if (options.Seed == 7)
                {
                    throw wrong;
                }
            });

        run.Should().Throw<TestJobException>().WithMessage("Seed 7: wrong*").Which.InnerException.Should().BeSameAs(wrong);
        (await runAsync.Should().ThrowAsync<TestJobException>()).Which.InnerException.Should().BeSameAs(wrong);
    }

    [Test]
    public void Seeds_reach_all_that_can_be_chosen()
    {
        TestJobOptions[] drawn = [.. Enumerable.Range(0, 200).Select(TestJobOptions.FromSeed)];

        drawn.Select(options => options.Lanes).Distinct().Should().BeEquivalentTo([1, 2, 3, 4]);
        drawn.Select(options => options.ExchangeCapacity).Should().Contain(1);
        drawn.Select(options => options.BatchSize).Should().Contain([1, 1024]);
        drawn.Select(options => options.Schedule).Distinct().Should().BeEquivalentTo([Schedule.Shuffled, Schedule.Hostile]);
    }

    private static IReadOnlyList<string> Numbered(TestJobOptions options)
    {
        var source = new TestSource<string>(partitions: 2);
        var sink = new TestSink<string>();
        int seen = 0;
        var builder = new TopologyBuilder("numbered");
        builder.From("source", source).Select(side => $"{++seen} {side}").To("sink", sink);
        using TestJob test = TestJob.Start(builder.Build(), options);
        source[0].AddRange("left", "left");
        source[1].AddRange("right", "right");
        source.End();
        test.RunToEnd();
        return sink.Values;
    }
}
