using System.Globalization;
using IoTStream.Mqtt.Protocol;

namespace IoTStream.Mqtt.Tests.Protocol;

[TestFixture]
[Parallelizable(ParallelScope.All)]
internal sealed class MalformedPacketTests
{
    private const MqttProtocolVersion V3 = MqttProtocolVersion.V311;
    private const MqttProtocolVersion V5 = MqttProtocolVersion.V500;

    [TestCase(V3, "00 00", MqttReasonCode.MalformedPacket, "packet type 0")]
    [TestCase(V3, "C1 00", MqttReasonCode.MalformedPacket, "flags of PINGREQ")]
    [TestCase(V3, "60 02 0001", MqttReasonCode.MalformedPacket, "flags of PUBREL")]
    [TestCase(V3, "F0 00", MqttReasonCode.MalformedPacket, "AUTH in 3.1.1")]
    [TestCase(V3, "C0 01 00", MqttReasonCode.MalformedPacket, "PINGREQ with a body")]
    [TestCase(V3, "30 FFFFFFFF 7F", MqttReasonCode.MalformedPacket, "remaining length of five bytes")]
    [TestCase(V5, "C0 8000", MqttReasonCode.MalformedPacket, "padded remaining length")]
    [TestCase(V3, "30 02 0001", MqttReasonCode.MalformedPacket, "topic beyond the end")]
    [TestCase(V3, "30 02 0000", MqttReasonCode.ProtocolError, "empty topic")]
    [TestCase(V5, "30 03 0000 00", MqttReasonCode.ProtocolError, "empty topic without alias")]
    [TestCase(V3, "30 03 0001 2B", MqttReasonCode.ProtocolError, "wildcard in a topic name")]
    [TestCase(V3, "30 03 0001 00", MqttReasonCode.MalformedPacket, "U+0000 in a topic name")]
    [TestCase(V3, "30 05 0003 EDA080", MqttReasonCode.MalformedPacket, "lone surrogate")]
    [TestCase(V3, "30 04 0002 C080", MqttReasonCode.MalformedPacket, "overlong form")]
    [TestCase(V3, "36 05 0001 61 0001", MqttReasonCode.MalformedPacket, "QoS 3")]
    [TestCase(V3, "38 03 0001 61", MqttReasonCode.MalformedPacket, "DUP with QoS 0")]
    [TestCase(V3, "32 05 0001 61 0000", MqttReasonCode.ProtocolError, "packet identifier 0")]
    [TestCase(V5, "30 07 0001 61 03 230000", MqttReasonCode.TopicAliasInvalid, "topic alias 0")]
    [TestCase(V5, "30 08 0001 61 04 01000100", MqttReasonCode.ProtocolError, "property twice")]
    [TestCase(V5, "30 06 0001 61 02 0102", MqttReasonCode.ProtocolError, "payload format indicator 2")]
    [TestCase(V5, "30 06 0001 61 02 2401", MqttReasonCode.MalformedPacket, "property of another packet")]
    [TestCase(V5, "30 06 0001 61 02 7F01", MqttReasonCode.MalformedPacket, "unknown property")]
    [TestCase(V5, "30 06 0001 61 02 0B00", MqttReasonCode.ProtocolError, "subscription identifier 0")]
    [TestCase(V5, "30 08 0001 61 04 08 0001 23", MqttReasonCode.ProtocolError, "wildcard in the response topic")]
    [TestCase(V5, "30 05 0001 61 05 01", MqttReasonCode.MalformedPacket, "properties beyond the end")]
    [TestCase(V5, "30 06 0001 61 01 02 00", MqttReasonCode.MalformedPacket, "property cut off by its length")]
    [TestCase(V5, "30 08 0001 61 FFFFFFFF7F", MqttReasonCode.MalformedPacket, "property length of five bytes")]
    [TestCase(V3, "40 02 0000", MqttReasonCode.ProtocolError, "PUBACK of packet 0")]
    [TestCase(V3, "40 03 0001 00", MqttReasonCode.MalformedPacket, "PUBACK with a reason code in 3.1.1")]
    [TestCase(V5, "40 03 0001 01", MqttReasonCode.ProtocolError, "reason code that PUBACK does not have")]
    [TestCase(V3, "82 02 0001", MqttReasonCode.ProtocolError, "SUBSCRIBE without a filter")]
    [TestCase(V3, "82 06 0001 0001 61 04", MqttReasonCode.MalformedPacket, "reserved bit of the options in 3.1.1")]
    [TestCase(V5, "82 07 0001 00 0001 61 40", MqttReasonCode.MalformedPacket, "reserved bit of the options in 5.0")]
    [TestCase(V5, "82 07 0001 00 0001 61 30", MqttReasonCode.ProtocolError, "retain handling 3")]
    [TestCase(V3, "82 06 0001 0001 61 03", MqttReasonCode.MalformedPacket, "subscription with QoS 3")]
    [TestCase(V3, "82 07 0001 0002 612B 00", MqttReasonCode.ProtocolError, "'+' beside other characters")]
    [TestCase(V3, "82 08 0001 0003 232F61 00", MqttReasonCode.ProtocolError, "'#' before the end")]
    [TestCase(V3, "82 05 0001 0000 00", MqttReasonCode.ProtocolError, "empty filter")]
    [TestCase(V5, "82 10 0001 00 000A 2473686172652F672F61 04", MqttReasonCode.ProtocolError, "shared and no local")]
    [TestCase(V5, "82 0B 0001 04 0B010B02 0001 61 00", MqttReasonCode.ProtocolError, "two subscription identifiers")]
    [TestCase(V3, "A2 02 0001", MqttReasonCode.ProtocolError, "UNSUBSCRIBE without a filter")]
    [TestCase(V3, "90 02 0001", MqttReasonCode.MalformedPacket, "SUBACK without a code")]
    [TestCase(V3, "90 03 0001 03", MqttReasonCode.ProtocolError, "SUBACK with an unknown code")]
    [TestCase(V3, "90 03 0001 87", MqttReasonCode.ProtocolError, "SUBACK with a code of 5.0")]
    [TestCase(V3, "20 02 0006", MqttReasonCode.ProtocolError, "return code 6")]
    [TestCase(V3, "20 02 0200", MqttReasonCode.MalformedPacket, "reserved flag of CONNACK")]
    [TestCase(V3, "20 02 0105", MqttReasonCode.ProtocolError, "refused, with a session")]
    [TestCase(V5, "20 07 0000 04 16 0001 61", MqttReasonCode.ProtocolError, "authentication data without a method")]
    [TestCase(V5, "20 06 0000 03 210000", MqttReasonCode.ProtocolError, "receive maximum 0")]
    [TestCase(V3, "E0 01 00", MqttReasonCode.MalformedPacket, "DISCONNECT with a body in 3.1.1")]
    [TestCase(V5, "E0 01 01", MqttReasonCode.ProtocolError, "reason code that DISCONNECT does not have")]
    [TestCase(V5, "F0 01 18", MqttReasonCode.MalformedPacket, "AUTH without a property length")]
    [TestCase(V3, "10 0C 0004 4D515454 04 03 0000 0000", MqttReasonCode.MalformedPacket, "reserved flag of CONNECT")]
    [TestCase(V3, "10 0C 0004 4D515454 04 08 0000 0000", MqttReasonCode.MalformedPacket, "QoS of a will without a will")]
    [TestCase(V3, "10 0C 0004 4D515454 04 20 0000 0000", MqttReasonCode.MalformedPacket, "retained will without a will")]
    [TestCase(V3, "10 0C 0004 4D515454 04 1E 0000 0000", MqttReasonCode.MalformedPacket, "will with QoS 3")]
    [TestCase(V3, "10 0E 0004 4D515454 04 42 0000 0000 0000", MqttReasonCode.MalformedPacket, "password without user name in 3.1.1")]
    [TestCase(V3, "10 0C 0004 4D515454 06 02 0000 0000", MqttReasonCode.UnsupportedProtocolVersion, "protocol level 6")]
    [TestCase(V3, "10 0E 0006 4D5149736470 03 02 0000 0000", MqttReasonCode.UnsupportedProtocolVersion, "MQTT 3.1")]
    [TestCase(V3, "10 10 0004 4D515454 04 06 0000 0000 0000 0000", MqttReasonCode.ProtocolError, "will without a topic")]
    [TestCase(V3, "10 0D 0004 4D515454 04 02 0000 0000 FF", MqttReasonCode.MalformedPacket, "bytes after the last field")]
    public void A_violation_is_told_by_its_reason_code(
        MqttProtocolVersion version, string hex, MqttReasonCode expected, string what)
    {
        byte[] bytes = Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal));
        FluentActions.Invoking(() => Packets.Read(bytes, version))
            .Should().Throw<MqttProtocolException>(what)
            .Which.ReasonCode.Should().Be(expected, string.Create(CultureInfo.InvariantCulture, $"{what} is in it"));
    }

    [Test]
    public void Too_large_a_packet_is_refused_by_its_header_alone()
    {
        byte[] header = [0x30, 0x80, 0x80, 0x01];
        FluentActions.Invoking(() => Packets.Read(header, V5, maximumPacketSize: 16_387))
            .Should().Throw<MqttProtocolException>().Which.ReasonCode.Should().Be(MqttReasonCode.PacketTooLarge);
        var buffer = new System.Buffers.ReadOnlySequence<byte>(header);
        Frame.TryRead(ref buffer, 16_388, V5, out _).Should().BeFalse("it is allowed, and not there yet");
    }

    [Test]
    public void A_padded_remaining_length_is_accepted_before_5_0() =>
        Packets.Read([0xC0, 0x80, 0x00], V3).Should().Be(new PingPacket(PacketType.PingReq));
}
