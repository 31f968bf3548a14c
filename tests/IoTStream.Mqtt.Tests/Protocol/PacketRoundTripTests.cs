using System.Buffers;
using FsCheck;
using FsCheck.Fluent;
using IoTStream.Mqtt.Protocol;

namespace IoTStream.Mqtt.Tests.Protocol;

[TestFixture]
[Parallelizable(ParallelScope.All)]
internal sealed class PacketRoundTripTests
{
    [TestCase(MqttProtocolVersion.V311)]
    [TestCase(MqttProtocolVersion.V500)]
    public void A_packet_that_is_written_read_and_written_again_is_the_same(MqttProtocolVersion version) =>
        Check.One(
            Config.QuickThrowOnFailure.WithMaxTest(3000),
            Prop.ForAll(ArbMap.Default.ArbFor<int>(), seed =>
            {
                byte[] bytes = Packets.Write(new PacketGenerator(seed).Next(version), version);
                byte[] again = Packets.Write(Packets.Read(bytes, version), version);
                return again.SequenceEqual(bytes);
            }));

    [TestCase(MqttProtocolVersion.V311)]
    [TestCase(MqttProtocolVersion.V500)]
    public void It_does_not_matter_how_the_network_cuts_a_packet(MqttProtocolVersion version) =>
        Check.One(
            Config.QuickThrowOnFailure.WithMaxTest(2000),
            Prop.ForAll(ArbMap.Default.ArbFor<int>(), seed =>
            {
                var generator = new PacketGenerator(seed);
                byte[] bytes = Packets.Write(generator.Next(version), version);
                ReadOnlySequence<byte> buffer = Packets.Split(bytes, generator.NextSize);
                return Frame.TryRead(ref buffer, Frame.MaximumBodySize, version, out Frame frame)
                    && buffer.IsEmpty
                    && Packets.Write(Packets.Read(frame, version, new TopicCache(4)), version).SequenceEqual(bytes);
            }));

    [TestCase(MqttProtocolVersion.V311)]
    [TestCase(MqttProtocolVersion.V500)]
    public void A_packet_cut_short_is_waited_for_and_no_byte_behind_it_is_touched(MqttProtocolVersion version) =>
        Check.One(
            Config.QuickThrowOnFailure.WithMaxTest(300),
            Prop.ForAll(ArbMap.Default.ArbFor<int>(), seed =>
            {
                byte[] bytes = Packets.Write(new PacketGenerator(seed).Next(version), version);
                for (int length = 0; length < bytes.Length; length++)
                {
                    var part = new ReadOnlySequence<byte>(bytes, 0, length);
                    if (Frame.TryRead(ref part, Frame.MaximumBodySize, version, out _) || part.Length != length)
                    {
                        return false;
                    }
                }

                var two = new ReadOnlySequence<byte>([.. bytes, 0xC0]);
                return Frame.TryRead(ref two, Frame.MaximumBodySize, version, out _) && two.Length == 1;
            }));

    [Test]
    public void The_payload_of_a_publish_is_a_slice_of_the_buffer()
    {
        byte[] bytes = Packets.Write(
            new PublishPacket { Topic = TopicName.Create("a"), Payload = new ReadOnlySequence<byte>([1, 2, 3]) }, MqttProtocolVersion.V311);
        var packet = (PublishPacket)Packets.Read(bytes, MqttProtocolVersion.V311);
        bytes[^1] = 9;
        packet.Payload.ToArray().Should().Equal(1, 2, 9);
    }

    [Test]
    public void The_size_of_a_publish_is_known_before_it_is_written()
    {
        var generator = new PacketGenerator(17);
        int seen = 0;
        while (seen < 100)
        {
            if (generator.Next(MqttProtocolVersion.V500) is PublishPacket publish)
            {
                publish.Size(MqttProtocolVersion.V500).Should().Be(Packets.Write(publish, MqttProtocolVersion.V500).Length);
                seen++;
            }
        }
    }

    [Test]
    public void The_bytes_are_those_of_the_specification()
    {
        Packets.Write(
            new ConnectPacket
            {
                ClientIdentifier = "c",
                KeepAlive = 10,
                UserName = "u",
                Password = [(byte)'p'],
                Will = new WillMessage(TopicName.Create("w"), new byte[] { 7 }, MqttQualityOfService.AtLeastOnce, Retain: true),
                Properties = new PacketProperties { SessionExpiryInterval = 5 },
            },
            MqttProtocolVersion.V500).Should().Equal(
                0x10, 32, 0, 4, (byte)'M', (byte)'Q', (byte)'T', (byte)'T', 5, 0xEE, 0, 10, 5, 0x11, 0, 0, 0, 5, 0, 1, (byte)'c',
                0, 0, 1, (byte)'w', 0, 1, 7, 0, 1, (byte)'u', 0, 1, (byte)'p');
        Packets.Write(new PingPacket(PacketType.PingReq), MqttProtocolVersion.V311).Should().Equal(0xC0, 0);
        Packets.Write(new AcknowledgePacket(PacketType.PubRel, 0x1234), MqttProtocolVersion.V500).Should().Equal(0x62, 2, 0x12, 0x34);
        Packets.Write(
            new SubscribePacket(1, [new TopicSubscription("a/#", MqttQualityOfService.AtLeastOnce, NoLocal: true)]),
            MqttProtocolVersion.V500).Should().Equal(0x82, 9, 0, 1, 0, 0, 3, (byte)'a', (byte)'/', (byte)'#', 0b0101);
        Packets.Write(new ConnAckPacket(MqttReasonCode.NotAuthorized), MqttProtocolVersion.V311).Should().Equal(0x20, 2, 0, 5);
    }

    [Test]
    public void What_this_side_must_not_send_is_refused_as_an_argument()
    {
        FluentActions.Invoking(() => TopicName.Create("a/+")).Should().Throw<ArgumentException>();
        FluentActions.Invoking(() => TopicName.Create("\uD800")).Should().Throw<ArgumentException>();
        FluentActions.Invoking(() => TopicName.Create(new string('x', 65536))).Should().Throw<ArgumentException>();
        FluentActions.Invoking(() => Packets.Write(new ConnectPacket { ClientIdentifier = "a\0" }, MqttProtocolVersion.V500))
            .Should().Throw<ArgumentException>();
    }
}
