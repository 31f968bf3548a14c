using IoTStream.Amqp.Tests.Peers;
using IoTStream.Runtime;

namespace IoTStream.Amqp.Tests.Killed;

/// <summary>A server that is killed with SIGKILL while a job runs from queue to queue, and started again.</summary>
public sealed class KilledServerTests
{
    private const int Count = 20_000;

    // A classic queue gives thousands of messages again that were acknowledged: only a memory for all of them keeps these from counting twice.
    [TestCase(AmqpQueueKind.Quorum, 10 * KilledJob.Prefetch)]
    [TestCase(AmqpQueueKind.Classic, Count)]
    public async Task Every_message_has_its_effect_once(AmqpQueueKind kind, int window)
    {
        await using RabbitMqServer server = await RabbitMqServer.StartAsync();
        string directory = Directory.CreateTempSubdirectory("iotstream-killed-rabbitmq-").FullName;
        try
        {
            string input, output;
            await using (PlainClient publisher = await PlainClient.ConnectAsync(server.Port))
            {
                input = kind == AmqpQueueKind.Quorum ? await publisher.QuorumQueueAsync() : await publisher.QueueAsync();
                output = await publisher.QueueAsync();
                await publisher.PublishAsync(input, Enumerable.Range(0, Count).Select(static number => $"{number}"), static text => $"number-{text}");
            }

            await using Job job = await KilledJob.Describe(server.Options, input, kind, window, output, directory).StartAsync(KilledJob.Options(directory));
            await Limits.UntilAsync(() => Outcome.Lines(directory).Length >= Count / 4, "a part of the numbers is in the files");
            await server.KillAsync();
            await server.StartAgainAsync();
            job.Completion.IsCompleted.Should().BeFalse("a job outlives its server");
            await using PlainClient reader = await PlainClient.ConnectAsync(server.Port);
            await Outcome.CheckAsync(Count, reader, output, directory);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }
}
