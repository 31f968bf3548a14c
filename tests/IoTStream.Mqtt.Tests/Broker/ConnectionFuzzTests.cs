using System.Buffers;
using IoTStream.Mqtt.Broker;
using IoTStream.Mqtt.Protocol;
using IoTStream.Mqtt.Tests.Protocol;

namespace IoTStream.Mqtt.Tests.Broker;

/// <summary>
/// Conversations with one broker in which packets are mutated, out of place or cut off: each ends as the specification says, none is a
/// fault of the broker, and in the end it still works.
/// </summary>
[TestFixture]
[Parallelizable(ParallelScope.All)]
internal sealed class ConnectionFuzzTests
{
    private const int Cases = 50_000;
    private const int CasesOfABroker = 500;
    private const int Seed = 20_261_123;

    [TestCase(MqttProtocolVersion.V311)]
    [TestCase(MqttProtocolVersion.V500)]
    public async Task Mutated_conversations_end_in_order(MqttProtocolVersion version)
    {
        TestContext.Out.WriteLine($"Seed {Seed}, {Cases} cases.");
        var random = new Random(Seed);
        var generator = new PacketGenerator(Seed);
        long errors = 0;
        for (int i = 0; i < Cases; i += CasesOfABroker)
        {
            using BrokerContext context = Context();
            for (int n = i; n < i + CasesOfABroker; n++)
            {
                await TalkAsync(context, n, random, generator, version);
            }

            errors += context.Counters.ProtocolErrors;
            context.Retained.Count.Should().BeLessThanOrEqualTo(50);
            await WorkAsync(context, version);
        }

        errors.Should().BeInRange(Cases / 10, Cases * 9 / 10, "mutations are to hurt, and not to hurt only");
    }

    private static BrokerContext Context() => new(new MqttBrokerOptions
    {
        MaxSubscriptionsPerClient = 50,
        MaxQueuedMessages = 20,
        MaxRetainedMessages = 50,
        MaximumPacketSize = 20_000,
        ReceiveMaximum = 20,
    });

    private static async Task TalkAsync(
        BrokerContext context, int number, Random random, PacketGenerator generator, MqttProtocolVersion version)
    {
        bool begins = random.Next(8) != 0;
        byte[] connect = Packets.Write(Connect(random, version), version);
        byte[] bytes = [.. begins ? connect : PacketFuzzTests.Mutate(connect, random), .. Rest(random, generator, version)];
        long errors = context.Counters.ProtocolErrors;
        byte[] answer = await ServeAsync(context, bytes, () => random.Next(4) == 0 ? random.Next(1, 8) : int.MaxValue);
        string? fault = context.Counters.Faults > 0 ? "a fault of the broker"
            : begins ? FindFault(answer, version, isViolation: context.Counters.ProtocolErrors > errors)
            : null;
        if (fault is not null)
        {
            Assert.Fail($"Case {number} of seed {Seed}, {Convert.ToHexString(bytes)}, answered {Convert.ToHexString(answer)}: {fault}.");
        }
    }

    private static async Task WorkAsync(BrokerContext context, MqttProtocolVersion version)
    {
        byte[] orderly =
        [
            .. Packets.Write(new ConnectPacket { Version = version, ClientIdentifier = "a" }, version),
            .. Packets.Write(new SubscribePacket(1, [new TopicSubscription("still/working")]), version),
            .. Packets.Write(new PublishPacket { Topic = TopicName.Create("still/working") }, version),
            .. Packets.Write(new DisconnectPacket(), version),
        ];
        Read(await ServeAsync(context, orderly, () => int.MaxValue), version).Select(packet => packet.GetType())
            .Should().Equal(typeof(ConnAckPacket), typeof(SubAckPacket), typeof(PublishPacket));
    }

    private static async Task<byte[]> ServeAsync(BrokerContext context, byte[] bytes, Func<int> nextSize)
    {
        await using var stream = new ScriptedStream(bytes, nextSize);
        await using var connection = new Connection(new Transport(stream, context.Clock.Provider), context);
        await connection.RunAsync();
        return stream.Received;
    }

    private static string? FindFault(byte[] answer, MqttProtocolVersion version, bool isViolation)
    {
        List<object> packets = Read(answer, version);
        if (packets is not [ConnAckPacket { ReasonCode: MqttReasonCode.Success }, ..])
        {
            return "the client was not let in";
        }

        int disconnects = packets.OfType<DisconnectPacket>().Count();
        return disconnects > (version == MqttProtocolVersion.V500 ? 1 : 0) ? "it is told of its end too often"
            : disconnects == 1 && packets[^1] is not DisconnectPacket { ReasonCode: >= MqttReasonCode.UnspecifiedError } ? "the end is not the end"
            : isViolation && version == MqttProtocolVersion.V500 && disconnects == 0 ? "it is not told of its violation"
            : null;
    }

    private static List<object> Read(byte[] bytes, MqttProtocolVersion version)
    {
        var packets = new List<object>();
        var topics = new TopicCache(16);
        var buffer = new ReadOnlySequence<byte>(bytes);
        while (Frame.TryRead(ref buffer, Frame.MaximumBodySize, version, out Frame frame))
        {
            packets.Add(Packets.Read(frame, version, topics));
        }

        buffer.IsEmpty.Should().BeTrue("packets are sent whole");
        return packets;
    }

    private static ConnectPacket Connect(Random random, MqttProtocolVersion version) => new()
    {
        Version = version,
        ClientIdentifier = $"{(char)('a' + random.Next(4))}",
        CleanStart = random.Next(3) == 0,
        Will = random.Next(4) == 0 ? new WillMessage(TopicName.Create("will"), "gone"u8.ToArray(), MqttQualityOfService.ExactlyOnce) : null,
        Properties = version == MqttProtocolVersion.V311 ? null : new PacketProperties
        {
            SessionExpiryInterval = random.Next(2) == 0 ? 1000u : 0,
            TopicAliasMaximum = (ushort)random.Next(3),
            ReceiveMaximum = (ushort)random.Next(1, 4),
            MaximumPacketSize = random.Next(2) == 0 ? 200u : null,
        },
    };

    private static byte[] Rest(Random random, PacketGenerator generator, MqttProtocolVersion version)
    {
        var bytes = new List<byte>();
        for (int n = random.Next(1, 5); n > 0; n--)
        {
            object packet;
            do
            {
                packet = generator.Next(version);
            }
            while (packet is ConnectPacket or ConnAckPacket or SubAckPacket or AuthPacket && random.Next(20) != 0);

            byte[] whole = Packets.Write(packet, version);
            bytes.AddRange(random.Next(3) == 0 ? PacketFuzzTests.Mutate(whole, random) : whole);
        }

        // Some are cut off within a packet.
        return [.. random.Next(10) == 0 ? bytes[..random.Next(bytes.Count)] : bytes];
    }
}
