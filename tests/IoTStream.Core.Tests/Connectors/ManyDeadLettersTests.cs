using System.Text;
using IoTStream.Connectors;
using IoTStream.Core.Tests.Support;
using IoTStream.Dsl;
using IoTStream.Runtime;

namespace IoTStream.Core.Tests.Connectors;

[Parallelizable(ParallelScope.All)]
public class ManyDeadLettersTests
{
    [Test]
    public async Task A_source_may_give_more_undecodable_payloads_at_once_than_fit_into_a_batch()
    {
        var letters = new CollectingSink<string>();
        var source = new ScriptedSource<int>(1, (batch, _, _) =>
        {
            for (int i = 0; i < 100; i++)
            {
                batch.AddDeadLetter(Encoding.UTF8.GetBytes($"{i}"), new FormatException());
            }

            batch.Add(1);
            return ReadStatus.Ended;
        });
        var builder = new TopologyBuilder("t");
        builder.From("s", source).ForEach("end", _ => { });
        builder.DeadLetters.Select(letter => Encoding.UTF8.GetString(letter.Payload.Span)).To("letters", letters);

        await builder.Build().RunAsync(new JobOptions { Lanes = 1, BatchSize = 8 });

        letters.Values.Should().Equal(Enumerable.Range(0, 100).Select(i => $"{i}"));
    }
}
