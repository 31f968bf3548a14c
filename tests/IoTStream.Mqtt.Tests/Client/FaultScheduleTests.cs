using System.Buffers;
using System.Collections.Concurrent;
using System.Globalization;
using System.Net.Sockets;
using IoTStream.Mqtt.Protocol;
using IoTStream.Mqtt.Tests.Peers;
using static IoTStream.Mqtt.Tests.Client.MqttTest;

namespace IoTStream.Mqtt.Tests.Client;

/// <summary>
/// Random schedules of what a client does and what its server and the wire do to it: refused and cut connections, late and missing answers, handlers that publish, cancellation and disposal at any
/// moment. As many cases as IOTSTREAM_TEST_CASES says, else 1,000, divided by four.
/// </summary>
internal sealed class FaultScheduleTests
{
    private const int AtOnce = 8;
    private static readonly int Cases = int.Parse(Environment.GetEnvironmentVariable("IOTSTREAM_TEST_CASES") ?? "1000", CultureInfo.InvariantCulture) / 4;

    [Test]
    public Task When_the_faults_end_everything_that_was_begun_ends_well() => ForAllAsync(async (seed, random) =>
    {
        using var server = new FaultyServer(seed);
        await using var client = new MqttClient(Options(server.Port));
        ConcurrentBag<(string Payload, MqttQualityOfService Qos, Task Publishing)> published = [];
        ConcurrentBag<Task> others = [];
        await PrepareAsync(client, random, published);
        others.Add(client.ConnectAsync());
        Act(client, random, published, others);
        await Task.Delay(TimeSpan.FromMilliseconds(random.Next(10)), TimeProvider.System);
        server.IsFaulty = false;
        foreach ((string payload, MqttQualityOfService qos, Task publishing) in published)
        {
            await publishing.WaitAsync(Limits.Wait);
            int count = server.Count(payload);
            (count == 1 || (count > 1 && qos == Qos1) || (count == 0 && qos == Qos0)).Should().BeTrue("message {0} with {1} came {2} times", payload, qos, count);
        }

        foreach (Task other in others)
        {
            await EndsAsync(other);
        }

        client.Completion.IsCompleted.Should().BeFalse();
    });

    [Test]
    public Task Disposal_at_any_moment_ends_everything() => ForAllAsync(async (seed, random) =>
    {
        using var server = new FaultyServer(seed);
        var client = new MqttClient(Options(server.Port));
        ConcurrentBag<(string Payload, MqttQualityOfService Qos, Task Publishing)> published = [];
        ConcurrentBag<Task> others = [];
        await PrepareAsync(client, random, published, disposes: random.Next(4) == 0);
        others.Add(client.ConnectAsync());
        Act(client, random, published, others);
        await Task.Delay(TimeSpan.FromMilliseconds(random.Next(8)), TimeProvider.System);
        Task second = random.Next(3) == 0 ? client.DisposeAsync().AsTask() : Task.CompletedTask;
        await client.DisposeAsync().AsTask().WaitAsync(Limits.Wait);
        await second.WaitAsync(Limits.Wait);
        foreach (Task begun in published.Select(message => message.Publishing).Concat(others))
        {
            await EndsAsync(begun);
        }

        client.Completion.IsCompleted.Should().BeTrue();
        client.IsConnected.Should().BeFalse();
        await FluentActions.Awaiting(() => client.PublishAsync("t", default, Qos1).AsTask().WaitAsync(Limits.Wait)).Should().ThrowAsync<MqttClientException>();
    });

    private static MqttClientOptions Options(int port) => MqttTest.Options(port) with
    {
        SessionExpiry = TimeSpan.FromHours(1),
        Reconnect = new MqttReconnectOptions { RetryFirst = true, FirstDelay = TimeSpan.FromMilliseconds(1), LongestDelay = TimeSpan.FromMilliseconds(4) },
        MaximumInFlight = 3,
        SendBuffer = 1024,
    };

    /// <summary>A handler that publishes, awaited or not, and maybe disposes its client.</summary>
    private static Task<MqttSubscription> PrepareAsync(
        MqttClient client, Random random, ConcurrentBag<(string Payload, MqttQualityOfService Qos, Task Publishing)> published, bool disposes = false)
    {
        int handled = 0;
        int concurrent = 0;
        int disposesAt = disposes ? random.Next(1, 4) : -1;
        return client.SubscribeAsync(
            ["to-client"],
            async (_, _) =>
            {
                Interlocked.Increment(ref concurrent).Should().Be(1, "one message is handled at a time");
                int number = ++handled;
                var qos = (MqttQualityOfService)(number % 3);
                string payload = $"handler {number}";
                Task publishing = client.PublishAsync("from-client", Bytes(payload), qos).AsTask();
                published.Add((payload, qos, publishing));
                if (number % 2 == 0)
                {
                    await ((Task)Task.WhenAny(publishing)).ConfigureAwait(false);
                }

                if (number == disposesAt)
                {
                    await client.DisposeAsync().ConfigureAwait(false);
                }

                Interlocked.Decrement(ref concurrent);
            },
            Qos2);
    }

    private static void Act(
        MqttClient client, Random random, ConcurrentBag<(string Payload, MqttQualityOfService Qos, Task Publishing)> published, ConcurrentBag<Task> others)
    {
        for (int i = random.Next(1, 12); i > 0; i--)
        {
            var qos = (MqttQualityOfService)random.Next(3);
            switch (random.Next(5))
            {
                case 0:
                    var cancellation = new CancellationTokenSource(TimeSpan.FromMilliseconds(random.Next(6)));
                    others.Add(DisposeAfterAsync(client.PublishAsync("cancelled", Bytes($"cancelled {i}"), qos, cancellationToken: cancellation.Token).AsTask(), cancellation));
                    break;
                case 1:
                    others.Add(SubscribeAsync(client, $"other/{i}"));
                    break;
                default:
                    string payload = $"message {i}";
                    published.Add((payload, qos, client.PublishAsync("from-client", Bytes(payload), qos).AsTask()));
                    break;
            }
        }
    }

    private static async Task SubscribeAsync(MqttClient client, string filter)
    {
        MqttSubscription subscription = await client.SubscribeAsync([filter], (_, _) => default);
        await subscription.DisposeAsync();
    }

    private static async Task DisposeAfterAsync(Task task, CancellationTokenSource cancellation)
    {
        using (cancellation)
        {
            await task;
        }
    }

    /// <summary>Whatever becomes of it, it ends, and with a reason that is meant for users.</summary>
    private static async Task EndsAsync(Task task)
    {
        try
        {
            await task.WaitAsync(Limits.Wait);
        }
        catch (Exception reason) when (reason is MqttClientException or OperationCanceledException or ObjectDisposedException)
        {
            // That is how it may end.
        }
    }

    private static async Task ForAllAsync(Func<int, Random, Task> property)
    {
        using var room = new SemaphoreSlim(AtOnce);
        await Task.WhenAll(Enumerable.Range(0, Math.Max(1, Cases)).Select(async seed =>
        {
            await room.WaitAsync();
            try
            {
                await property(seed, new Random(seed));
            }
            catch (Exception exception)
            {
                throw new AssertionException($"With seed {seed}: {exception.Message}", exception);
            }
            finally
            {
                room.Release();
            }
        }));
    }

    /// <summary>A server that keeps the session, whatever it does otherwise.</summary>
    private sealed class FaultyServer : IDisposable
    {
        private readonly ScriptedServer _server = new();
        private readonly Random _random;
        private readonly ConcurrentDictionary<string, int> _received = new(StringComparer.Ordinal);
        private readonly HashSet<ushort> _unreleased = [];
        private ushort _sent;
        private bool _hasSession;
        private volatile bool _isDisposed;

        public FaultyServer(int seed)
        {
            _random = new Random(~seed);
            _ = ServeAsync();
        }

        public int Port => _server.Port;

        public bool IsFaulty { get; set; } = true;

        public int Count(string payload) => _received.GetValueOrDefault(payload);

        public void Dispose()
        {
            _isDisposed = true;
            _server.Dispose();
        }

        private bool Happens(int percent) => IsFaulty && _random.Next(100) < percent;

        private async Task ServeAsync()
        {
            while (!_isDisposed)
            {
                try
                {
                    using ScriptedServer.Conversation conversation = await _server.AcceptAsync();
                    await ConverseAsync(conversation);
                }
                catch (Exception gone) when (gone is SocketException or IOException or ObjectDisposedException or OperationCanceledException)
                {
                    // The client, or the test, has ended.
                }
            }
        }

        private async Task ConverseAsync(ScriptedServer.Conversation conversation)
        {
            ConnectPacket connect = await conversation.ReceiveAsync<ConnectPacket>();
            if (Happens(15))
            {
                return;
            }

            if (Happens(15))
            {
                await conversation.SendAsync(new ConnAckPacket(MqttReasonCode.ServerBusy));
                return;
            }

            await conversation.SendAsync(new ConnAckPacket(MqttReasonCode.Success, _hasSession && !connect.CleanStart));
            _hasSession = true;
            var late = new ConcurrentQueue<object>();
            using var sending = new SemaphoreSlim(1, 1);
            Task later = Task.CompletedTask;
            while (await conversation.TryReceiveAsync() is { } packet)
            {
                object? answer = Answer(packet);
                if (Happens(8))
                {
                    return;
                }

                if (answer is not null)
                {
                    late.Enqueue(answer);
                }

                // Answers keep their order, but may wait for another packet, and for ever only until the faults are over.
                if (Happens(20) && later.IsCompleted)
                {
                    later = FlushLaterAsync();
                    continue;
                }

                await FlushAsync();
                if (Happens(30))
                {
                    _sent++;
                    var qos = (MqttQualityOfService)_random.Next(3);
                    late.Enqueue(Publish("to-client", "x") with { QualityOfService = qos, PacketIdentifier = qos == Qos0 ? (ushort)0 : _sent });
                    await FlushAsync();
                }

                if (packet is DisconnectPacket)
                {
                    return;
                }
            }

            await later;

            async Task FlushAsync()
            {
                await sending.WaitAsync();
                try
                {
                    while (late.TryDequeue(out object? next))
                    {
                        await conversation.SendAsync(next);
                    }
                }
                finally
                {
                    sending.Release();
                }
            }

            async Task FlushLaterAsync()
            {
                await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System);
                try
                {
                    await FlushAsync();
                }
                catch (Exception gone) when (gone is SocketException or ObjectDisposedException)
                {
                    // Nobody waits for it any more.
                }
            }
        }

        private object? Answer(object packet)
        {
            switch (packet)
            {
                case PublishPacket { QualityOfService: MqttQualityOfService.ExactlyOnce } publish:
                    if (_unreleased.Add(publish.PacketIdentifier))
                    {
                        Note(publish);
                    }

                    return new AcknowledgePacket(PacketType.PubRec, publish.PacketIdentifier);
                case PublishPacket publish:
                    Note(publish);
                    return publish.QualityOfService == Qos1 ? new AcknowledgePacket(PacketType.PubAck, publish.PacketIdentifier) : null;
                case AcknowledgePacket { Type: PacketType.PubRel } release:
                    _unreleased.Remove(release.PacketIdentifier);
                    return new AcknowledgePacket(PacketType.PubComp, release.PacketIdentifier);
                case AcknowledgePacket { Type: PacketType.PubRec } received:
                    return new AcknowledgePacket(PacketType.PubRel, received.PacketIdentifier);
                case SubscribePacket subscribe:
                    return new SubAckPacket(PacketType.SubAck, subscribe.PacketIdentifier, [.. subscribe.Subscriptions.Select(s => (MqttReasonCode)s.MaximumQoS)]);
                case UnsubscribePacket unsubscribe:
                    return new SubAckPacket(PacketType.UnsubAck, unsubscribe.PacketIdentifier, [.. unsubscribe.Filters.Select(_ => MqttReasonCode.Success)]);
                default:
                    return null;
            }
        }

        private void Note(PublishPacket publish) => _received.AddOrUpdate(Text(publish.Payload), 1, static (_, count) => count + 1);
    }
}
