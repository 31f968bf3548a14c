using System.Buffers;
using IoTStream.Mqtt.Protocol;

namespace IoTStream.Mqtt.Tests.Protocol;

/// <summary>Valid packets with bytes changed, removed, added and exchanged: they may still be valid, or a protocol exception comes out.</summary>
[TestFixture]
[Parallelizable(ParallelScope.All)]
internal sealed class PacketFuzzTests
{
    private const int Cases = 60_000;
    private const int Seed = 20_261_122;

    [TestCase(MqttProtocolVersion.V311)]
    [TestCase(MqttProtocolVersion.V500)]
    public void Mutated_packets_are_read_or_refused_and_nothing_else(MqttProtocolVersion version)
    {
        TestContext.Out.WriteLine($"Seed {Seed}, {Cases} cases.");
        var random = new Random(Seed);
        var generator = new PacketGenerator(Seed);
        var topics = new TopicCache(64);
        int refused = 0;
        for (int i = 0; i < Cases; i++)
        {
            byte[] bytes = Mutate(Packets.Write(generator.Next(version), version), random);
            try
            {
                ReadOnlySequence<byte> buffer = i % 2 == 0 ? new(bytes) : Packets.Split(bytes, generator.NextSize);
                while (Frame.TryRead(ref buffer, 100_000, version, out Frame frame))
                {
                    Packets.Read(frame, version, topics);
                }
            }
            catch (MqttProtocolException)
            {
                refused++;
            }
            catch (Exception e)
            {
                Assert.Fail($"Case {i} of seed {Seed}, {Convert.ToHexString(bytes)}: {e}");
            }
        }

        refused.Should().BeGreaterThan(Cases / 10, "mutations that never hurt test nothing");
    }

    internal static byte[] Mutate(byte[] bytes, Random random)
    {
        var list = new List<byte>(bytes);
        for (int n = random.Next(1, 4); n > 0; n--)
        {
            int at = random.Next(list.Count);
            switch (random.Next(6))
            {
                case 0:
                    list[at] = (byte)random.Next(256);
                    break;
                case 1:
                    list[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 2 when list.Count > 2:
                    list.RemoveAt(at);
                    break;
                case 3:
                    list.Insert(at, (byte)random.Next(256));
                    break;
                case 4:
                    list[at] = random.Next(2) == 0 ? (byte)0 : (byte)0xFF;
                    break;
                default:
                    int other = random.Next(list.Count);
                    (list[at], list[other]) = (list[other], list[at]);
                    break;
            }
        }

        // Mostly the length is made right again, so that the mutation reaches the body.
        if (random.Next(4) != 0 && list.Count is > 2 and < 130)
        {
            list[1] = (byte)(list.Count - 2);
        }

        return [.. list];
    }
}
