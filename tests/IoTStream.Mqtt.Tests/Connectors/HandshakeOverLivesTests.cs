using IoTStream.Connectors;
using IoTStream.Dsl;
using IoTStream.Log;
using IoTStream.Mqtt.Protocol;
using IoTStream.Mqtt.Tests.Peers;
using IoTStream.Runtime;
using static IoTStream.Mqtt.Tests.Client.MqttTest;

namespace IoTStream.Mqtt.Tests.Connectors;

/// <summary>
/// A job that reads with QoS 2 and ends between any two packets of the handshake: the next one takes each message once, also if messages have the same bytes and
/// identifiers are given again as soon as the server may do that.
/// </summary>
[Parallelizable(ParallelScope.All)]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class HandshakeOverLivesTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("iotstream-mqtt-").FullName;
    private int _epochs;

    [Test]
    public async Task Before_the_commit_nothing_is_acknowledged_and_the_message_has_no_effect()
    {
        using var server = new ScriptedServer();
        await using (Life first = await StartAsync(server, sessionPresent: false))
        {
            await first.SendAsync("x", 5);
            await first.ItemsAsync(1);
        }

        await using Life second = await StartAsync(server);
        await second.SendAsync("x", 5, duplicate: true);
        await second.CommitAsync(1);
        await second.ExpectAsync(PacketType.PubRec, 5);
        Lines().Should().Equal("x");
    }

    [Test]
    public async Task A_message_that_is_committed_is_recognised_until_it_is_released([Values] bool again)
    {
        using var server = new ScriptedServer();
        await using (Life first = await StartAsync(server, sessionPresent: false))
        {
            await first.SendAsync("x", 5);
            await first.CommitAsync(1);
        }

        if (again)
        {
            await using Life between = await StartAsync(server);
            await between.SendAsync("x", 5, duplicate: true);
            await between.ExpectAsync(PacketType.PubRec, 5);
        }

        await using Life last = await StartAsync(server);
        await last.SendAsync("x", 5, duplicate: true);
        await last.ExpectAsync(PacketType.PubRec, 5);
        await last.SendAsync("y", 6);
        await last.CommitAsync(1);
        await last.ExpectAsync(PacketType.PubRec, 6);
        Lines().Should().Equal("x", "y");
    }

    [Test]
    public async Task The_end_of_the_handshake_waits_for_an_epoch_that_has_forgotten_the_identifier()
    {
        using var server = new ScriptedServer();
        await using (Life first = await StartAsync(server, sessionPresent: false))
        {
            await first.SendAsync("x", 5);
            await first.CommitAsync(1);
            await first.ExpectAsync(PacketType.PubRec, 5);
            await first.Conversation.SendAsync(new AcknowledgePacket(PacketType.PubRel, 5));

            await first.Conversation.SendAsync(Publish("a", "y", 0));
            await first.Conversation.SendAsync(Publish("a", "z", 6) with { QualityOfService = Qos2 });
            await first.CommitAsync(3);
            await first.ExpectAsync(PacketType.PubRec, 6);
            await first.ExpectAsync(PacketType.PubComp, 5);

            // Now, and not before, the server may give the identifier to another message, with the same bytes.
            await first.SendAsync("x", 5);
            await first.ItemsAsync(4);
        }

        await using Life second = await StartAsync(server);
        await second.SendAsync("z", 6, duplicate: true);
        await second.SendAsync("x", 5, duplicate: true);
        await second.CommitAsync(1);
        Lines().Should().BeEquivalentTo("x", "y", "z", "x");
    }

    [Test]
    public async Task A_release_without_a_commit_is_asked_for_again()
    {
        using var server = new ScriptedServer();
        await using (Life first = await StartAsync(server, sessionPresent: false))
        {
            await first.SendAsync("x", 5);
            await first.CommitAsync(1);
            await first.ExpectAsync(PacketType.PubRec, 5);
            await first.Conversation.SendAsync(new AcknowledgePacket(PacketType.PubRel, 5));
        }

        await using Life second = await StartAsync(server);
        await second.Conversation.SendAsync(new AcknowledgePacket(PacketType.PubRel, 5));
        await second.SendAsync("y", 0);
        await second.CommitAsync(1);
        await second.ExpectAsync(PacketType.PubComp, 5);
        Lines().Should().Equal("x", "y");
    }

    [Test]
    public async Task What_a_server_sends_that_has_forgotten_the_session_is_new()
    {
        using var server = new ScriptedServer();
        await using (Life first = await StartAsync(server, sessionPresent: false))
        {
            await first.SendAsync("x", 5);
            await first.CommitAsync(1);
        }

        await using Life second = await StartAsync(server, sessionPresent: false);
        await second.SendAsync("x", 5, duplicate: true);
        await second.CommitAsync(1);
        await second.ExpectAsync(PacketType.PubRec, 5);
        Lines().Should().Equal("x", "x");
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    private IEnumerable<string> Lines() => Directory.GetFiles(Path.Combine(_directory, "lines"), "*.jsonl").Order(StringComparer.Ordinal)
        .SelectMany(File.ReadAllLines);

    private async Task<Life> StartAsync(ScriptedServer server, bool sessionPresent = true)
    {
        var builder = new TopologyBuilder("lives");
        MqttClientOptions broker = Options(server.Port) with { ClientId = "lives", CleanStart = false, SessionExpiry = TimeSpan.FromHours(1) };
        var count = new Counter();
        builder.From("messages", MqttSource.Subscribe("a", broker, Text.Codec, Qos2))
            .Select(text =>
            {
                count.Add();
                return text;
            })
            .To("lines", JsonLines.WriteEpochs(Path.Combine(_directory, "lines"), Text.Codec));
        var options = new JobOptions { EpochLog = EpochLog.At(Path.Combine(_directory, "log")), EpochInterval = TimeSpan.FromHours(1) };
        Task<Job> starting = builder.Build().StartAsync(options);
        ScriptedServer.Conversation conversation = await server.WelcomeAsync(sessionPresent: sessionPresent);
        await conversation.GrantAsync();
        return new Life(await starting.WaitAsync(Limits.Wait), conversation, count, () => $"epoch-{++_epochs}");
    }

    private sealed class Counter
    {
        private int _count;

        public int Count => Volatile.Read(ref _count);

        public void Add() => Interlocked.Increment(ref _count);
    }

    /// <summary>One run of the job.</summary>
    private sealed class Life(Job job, ScriptedServer.Conversation conversation, Counter counter, Func<string> nextEpoch) : IAsyncDisposable
    {
        public ScriptedServer.Conversation Conversation { get; } = conversation;

        public Task SendAsync(string payload, ushort identifier, bool duplicate = false) => Conversation.SendAsync(
            Publish("a", payload, identifier) with { QualityOfService = identifier == 0 ? Qos0 : Qos2, Duplicate = duplicate });

        /// <summary>Waits until so many records have come since the job started.</summary>
        public Task ItemsAsync(int count) => Limits.UntilAsync(() => counter.Count == count, $"{count} records come");

        /// <summary>Waits for records, and has an epoch cut.</summary>
        public async Task CommitAsync(int items)
        {
            await ItemsAsync(items);
            await job.CreateSavepointAsync(nextEpoch()).WaitAsync(Limits.Wait);
        }

        public async Task ExpectAsync(PacketType type, ushort identifier) =>
            (await Conversation.ReceiveAsync<AcknowledgePacket>()).Should().Be(new AcknowledgePacket(type, identifier));

        /// <summary>Ends the job at once: without another epoch.</summary>
        public async ValueTask DisposeAsync()
        {
            Task disposing = job.DisposeAsync().AsTask();
            object? answer;
            do
            {
                answer = await Conversation.TryReceiveAsync();
            }
            while (answer is not null);
            await disposing.WaitAsync(Limits.Wait);
        }
    }
}
