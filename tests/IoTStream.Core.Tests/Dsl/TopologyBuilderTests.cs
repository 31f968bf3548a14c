using IoTStream.Core.Tests.Support;
using IoTStream.Dsl;
using IoTStream.Plan;

namespace IoTStream.Core.Tests.Dsl;

[Parallelizable(ParallelScope.All)]
public class TopologyBuilderTests
{
    [Test]
    public async Task A_topology_stays_as_it_was_built_when_its_builder_is_extended()
    {
        var builder = new TopologyBuilder("t");
        var first = new CollectingSink<int>();
        var second = new CollectingSink<int>();
        DataStream<int> stream = builder.From("s", new ArraySource<int>(1, 2, 3));
        stream.To("first", first);
        Topology before = builder.Build();
        stream.To("second", second);
        Topology after = builder.Build();

        await before.RunAsync();
        first.Values.Should().Equal(1, 2, 3);
        second.Values.Should().BeEmpty();

        await after.RunAsync();
        first.Values.Should().Equal(1, 2, 3, 1, 2, 3);
        second.Values.Should().Equal(1, 2, 3);
    }

    [Test]
    public async Task Dead_letters_that_got_a_consumer_later_leave_a_topology_built_before_as_it_was()
    {
        var builder = new TopologyBuilder("t");
        var letters = new CollectingSink<string>();
        var source = new ScriptedSource<int>(1, (batch, _, _) =>
        {
            batch.AddDeadLetter(new byte[] { 1 }, new FormatException());
            return IoTStream.Connectors.ReadStatus.Ended;
        });
        builder.From("s", source).ForEach("end", _ => { });
        Topology before = builder.Build();
        builder.DeadLetters.Select(letter => letter.Step).To("letters", letters);
        Topology after = builder.Build();

        await before.RunAsync();
        letters.Values.Should().BeEmpty();
        await after.RunAsync();
        letters.Values.Should().Equal("s");
    }
}
