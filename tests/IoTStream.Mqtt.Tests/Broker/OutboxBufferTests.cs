using System.Buffers;
using System.Runtime.InteropServices;
using IoTStream.Mqtt.Broker;
using IoTStream.Mqtt.Protocol;

namespace IoTStream.Mqtt.Tests.Broker;

public sealed class OutboxBufferTests
{
    private Buffers _buffers = new();

    [SetUp]
    public void Begin() => _buffers = new Buffers();

    [TearDown]
    public void End() => _buffers.Dispose();

    [Test]
    public async Task A_buffer_that_was_sent_is_used_for_what_comes_next()
    {
        using var context = new BrokerContext(new MqttBrokerOptions());
        var outbox = new Outbox(_buffers, MqttProtocolVersion.V311, int.MaxValue, topicAliasMaximum: 0, context);
        WritePing(outbox);
        Task sending = outbox.SendAsync();
        outbox.Trim();

        byte[][] others = [.. Enumerable.Range(0, 200).Select(_ => ArrayPool<byte>.Shared.Rent(_buffers.Used[0].Length))];
        WritePing(outbox);
        outbox.Complete();
        await sending;
        Array.ForEach(others, other => ArrayPool<byte>.Shared.Return(other));

        others.Should().NotContain(other => ReferenceEquals(other, _buffers.Used[0]));
        _buffers.Used.Should().HaveCount(2);
        _buffers.Used[1].Should().BeSameAs(_buffers.Used[0]);
    }

    [Test]
    public async Task A_quiet_connection_holds_no_buffer()
    {
        using var context = new BrokerContext(new MqttBrokerOptions());
        var outbox = new Outbox(_buffers, MqttProtocolVersion.V311, int.MaxValue, topicAliasMaximum: 0, context);
        WritePing(outbox);
        Task sending = outbox.SendAsync();

        outbox.Trim();
        outbox.Trim();
        byte[] rented = ArrayPool<byte>.Shared.Rent(_buffers.Used[0].Length);

        rented.Should().BeSameAs(_buffers.Used[0], "it has gone back to the pool, which gives it to the same thread first");
        ArrayPool<byte>.Shared.Return(rented);
        outbox.Complete();
        await sending;
    }

    private static void WritePing(Outbox outbox) =>
        outbox.Write(new PingPacket(PacketType.PingResp), static (packet, output, _) => packet.Write(output), []);

    /// <summary>Notes which arrays are written from.</summary>
    private sealed class Buffers : MemoryStream
    {
        public List<byte[]> Used { get; } = [];

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            MemoryMarshal.TryGetArray(buffer, out ArraySegment<byte> segment).Should().BeTrue();
            Used.Add(segment.Array!);
            return default;
        }
    }
}
