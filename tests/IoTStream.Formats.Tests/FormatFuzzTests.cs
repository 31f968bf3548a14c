using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using IoTStream.Connectors;

namespace IoTStream.Formats.Tests;

/// <summary>Whatever bytes come, the codecs give a value or one of the errors that they promise.</summary>
[Parallelizable(ParallelScope.All)]
public class FormatFuzzTests
{
    private static readonly int Cases = int.Parse(Environment.GetEnvironmentVariable("IOTSTREAM_TEST_CASES") ?? "100000", CultureInfo.InvariantCulture);

    private static readonly string[] Seeds =
    [
        "a26161016162820203", "bf61610161629f0203ffff", "c1fb41d452d9ec200000", "c48221196ab3", "c249010000000000000000", "7f657374726561646d696e67ff",
        "98190102030405060708090a0b0c0d0e0f101112131415161718181819", "826161bf61626163ff", "f97e00", "5f42010243030405ff",
        "82a4006161061a65000000016343656c02fb40591999a0000000a2200a21636e3a3a",
    ];

    [Test]
    public void Mutated_CBOR_is_read_or_refused()
    {
        ICodec<JsonElement> codec = Cbor.Of<JsonElement>();
        ICodec<IReadOnlyList<SenMlRecord>> packs = SenMl.Cbor();
        int read = 0;
        int refused = 0;
        var random = new Random(8949);
        for (int i = 0; i < Cases; i++)
        {
            byte[] bytes = Mutate(Convert.FromHexString(Seeds[random.Next(Seeds.Length)]), random);
            bool isWellFormed = IsWellFormed(bytes);
            try
            {
                codec.Decode(new ReadOnlySequence<byte>(bytes));
                read++;
                isWellFormed.Should().BeTrue($"{Convert.ToHexString(bytes)} was read");
            }
            catch (Exception refusal) when (refusal is CborException or JsonException)
            {
                refused++;
            }

            try
            {
                packs.Decode(new ReadOnlySequence<byte>(bytes));
            }
            catch (SenMlException)
            {
                refused++;
            }
        }

        read.Should().BeGreaterThan(Cases / 20);
        refused.Should().BeGreaterThan(Cases / 20);
    }

    [Test]
    public void Mutated_SenML_in_JSON_is_read_or_refused()
    {
        ICodec<IReadOnlyList<SenMlRecord>> codec = SenMl.Json();
        byte[] seed = Encoding.UTF8.GetBytes(
            """[{"bn":"urn:dev:1:","bt":1.276e+09,"bu":"A","bver":5,"bv":1,"bs":2,"n":"v","u":"V","v":120.1},{"n":"c","t":-5,"vs":"x","ut":3},{"vd":"aGkgCg","s":1.5},{"vb":true}]""");
        int read = 0;
        var random = new Random(8428);
        for (int i = 0; i < Cases; i++)
        {
            try
            {
                codec.Decode(new ReadOnlySequence<byte>(Mutate(seed, random)));
                read++;
            }
            catch (SenMlException)
            {
                // One of the errors that are promised.
            }
        }

        read.Should().BeInRange(1, Cases - 1);
    }

    private static byte[] Mutate(byte[] seed, Random random)
    {
        List<byte> bytes = [.. seed];
        for (int changes = random.Next(1, 4); changes > 0; changes--)
        {
            int place = random.Next(bytes.Count + 1);
            switch (random.Next(4))
            {
                case 0 when place < bytes.Count:
                    bytes[place] ^= (byte)(1 << random.Next(8));
                    break;
                case 1 when place < bytes.Count:
                    bytes.RemoveAt(place);
                    break;
                case 2:
                    bytes.Insert(place, (byte)random.Next(256));
                    break;
                case 3 when place < bytes.Count:
                    bytes[place] = (byte)random.Next(256);
                    break;
            }
        }

        return [.. bytes];
    }

    /// <summary>By the pseudocode of RFC 8949, appendix C: whether the bytes are one well-formed item.</summary>
    private static bool IsWellFormed(byte[] bytes)
    {
        int at = 0;
        return Check(mayBreak: false, depth: 0) >= 0 && at == bytes.Length;

        int Check(bool mayBreak, int depth)
        {
            if (at >= bytes.Length || depth > 200)
            {
                return -1;
            }

            int head = bytes[at++];
            (int major, int information) = (head >> 5, head & 31);
            ulong value = (ulong)information;
            if (information is >= 24 and <= 27)
            {
                int size = 1 << (information - 24);
                value = 0;
                for (int i = 0; i < size; i++)
                {
                    if (at >= bytes.Length)
                    {
                        return -1;
                    }

                    value = (value << 8) | bytes[at++];
                }
            }
            else if (information is >= 28 and <= 30)
            {
                return -1;
            }
            else if (information == 31)
            {
                return CheckIndefinite(major, mayBreak, depth);
            }

            switch (major)
            {
                case 2 or 3:
                    if (value > (ulong)(bytes.Length - at))
                    {
                        return -1;
                    }

                    at += (int)value;
                    break;
                case 4 or 5:
                    for (ulong i = 0; i < value * (ulong)(major - 3); i++)
                    {
                        if (Check(mayBreak: false, depth + 1) < 0)
                        {
                            return -1;
                        }
                    }

                    break;
                case 6:
                    return Check(mayBreak: false, depth + 1) < 0 ? -1 : major;
                case 7 when information == 24 && value < 32:
                    return -1;
            }

            return major;
        }

        int CheckIndefinite(int major, bool mayBreak, int depth)
        {
            switch (major)
            {
                case 2 or 3:
                    while (true)
                    {
                        bool ends = at < bytes.Length && bytes[at] == 0xFF;
                        bool isWhole = at < bytes.Length && (bytes[at] & 31) != 31;
                        int found = Check(mayBreak: true, depth + 1);
                        if (ends)
                        {
                            return major;
                        }

                        if (found != major || !isWhole)
                        {
                            return -1;
                        }
                    }

                case 4 or 5:
                    while (true)
                    {
                        bool ends = at < bytes.Length && bytes[at] == 0xFF;
                        if (Check(mayBreak: true, depth + 1) < 0)
                        {
                            return -1;
                        }

                        if (ends)
                        {
                            return major;
                        }

                        if (major == 5 && Check(mayBreak: false, depth + 1) < 0)
                        {
                            return -1;
                        }
                    }

                case 7:
                    return mayBreak ? 99 : -1;
                default:
                    return -1;
            }
        }
    }
}
