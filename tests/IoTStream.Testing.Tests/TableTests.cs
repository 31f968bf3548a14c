using IoTStream.Dsl;
using IoTStream.Plan;
using IoTStream.Runtime;

namespace IoTStream.Testing.Tests;

[Parallelizable(ParallelScope.All)]
public class TableTests
{
    [Test]
    public async Task A_table_is_read_between_steps([Range(0, 20)] int seed)
    {
        var readings = new TestSource<Reading>();
        Topology topology = Twins(readings, out KeyedTable<string, Reading> twins);
        await using TestJob test = TestJob.Start(topology, TestJobOptions.FromSeed(seed));
        TableView<string, Reading> view = test.Table(twins);
        (await view.ScanAsync()).Should().BeEmpty();

        readings.AddRange(new("quay", 0, 40), new("hill", 5, 60), new("quay", 9, 50));
        test.Settle();
        (await view.GetAsync("quay"))!.Value.Value.Speed.Should().Be(50);
        (await view.GetAsync("mole")).Should().BeNull();

        readings.Add(new("mole", 10, 30));
        readings.End();
        test.RunToEnd();
        (await view.ScanAsync(entry => entry.Value.Speed < 55)).Select(entry => entry.Key).Should().BeEquivalentTo("quay", "mole");

        test.Dispose();
        Func<Task> late = async () => await view.GetAsync("quay");
        await late.Should().ThrowAsync<ObjectDisposedException>();
    }

    [Test]
    public async Task A_job_that_failed_has_nothing_to_tell()
    {
        var readings = new TestSource<Reading>();
        Topology topology = Twins(readings, out KeyedTable<string, Reading> twins);
        await using TestJob test = TestJob.Start(topology);
        readings.AddRange(new("quay", 0, 40), new(null!, 1, 0));
        Action settle = test.Settle;
        settle.Should().Throw<TestJobException>();

        Func<Task> get = async () => await test.Table(twins).GetAsync("quay");

        (await get.Should().ThrowAsync<JobFailedException>()).Which.Step.Should().Be("twins");
    }

    private static Topology Twins(TestSource<Reading> readings, out KeyedTable<string, Reading> twins)
    {
        var builder = new TopologyBuilder("twins");
        twins = builder.From("readings", readings).KeyBy(reading => reading.Road).ToTable("twins");
        return builder.Build();
    }
}
