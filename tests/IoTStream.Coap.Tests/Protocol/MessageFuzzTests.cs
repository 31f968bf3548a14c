using IoTStream.Coap.Protocol;

namespace IoTStream.Coap.Tests.Protocol;

/// <summary>Valid datagrams with bytes changed, removed, added and exchanged: they are messages that mean what they say, or refused, and nothing is thrown.</summary>
[TestFixture]
[Parallelizable(ParallelScope.All)]
internal sealed class MessageFuzzTests
{
    private const int Cases = 200_000;
    private const int Seed = 20_261_123;

    [Test]
    public void Mutated_datagrams_are_read_or_refused_and_nothing_else()
    {
        TestContext.Out.WriteLine($"Seed {Seed}, {Cases} cases.");
        var random = new Random(Seed);
        int refused = 0;
        for (int i = 0; i < Cases; i++)
        {
            byte[] bytes = Mutate(Datagrams.Generate(random), random);
            try
            {
                if (Message.Read(bytes, out Message message) != ReadResult.Message)
                {
                    refused++;
                    continue;
                }

                // What was understood is written in the one way there is, and read as the same again.
                byte[] again = message.Code == CoapCode.Empty ? bytes : Datagrams.WriteAgain(message);
                Message.Read(again, out Message second).Should().Be(ReadResult.Message);
                (second.Type, second.Code, second.Id, second.Token).Should().Be((message.Type, message.Code, message.Id, message.Token));
                second.Payload.SequenceEqual(message.Payload).Should().BeTrue();
            }
            catch (Exception e)
            {
                Assert.Fail($"Case {i} of seed {Seed}, {Convert.ToHexString(bytes)}: {e}");
            }
        }

        refused.Should().BeInRange(Cases / 10, Cases * 9 / 10, "mutations that never hurt, or always, test nothing");
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

        return [.. list];
    }
}
