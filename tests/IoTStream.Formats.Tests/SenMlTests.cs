using System.Buffers;
using System.Globalization;
using System.Text;
using IoTStream.Connectors;

namespace IoTStream.Formats.Tests;

/// <summary>The examples of RFC 8428, sections 5 and 6, and its rules.</summary>
[Parallelizable(ParallelScope.All)]
public class SenMlTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 23, 12, 0, 0, TimeSpan.Zero);
    private static readonly ICodec<IReadOnlyList<SenMlRecord>> Json = SenMl.Json(new FixedClock(Now));
    private static readonly ICodec<IReadOnlyList<SenMlRecord>> InCbor = SenMl.Cbor(new FixedClock(Now));

    [Test]
    public void A_single_measurement() =>
        Read("""[{"n":"urn:dev:ow:10e2073a01080063","u":"Cel","v":23.1}]""").Should().Equal(
            new SenMlRecord { Name = "urn:dev:ow:10e2073a01080063", Time = Now, Unit = "Cel", Value = 23.1 });

    [Test]
    public void Several_measurements_with_a_base_name() =>
        Read("""[{"bn":"urn:dev:ow:10e2073a01080063:","n":"voltage","u":"V","v":120.1},{"n":"current","u":"A","v":1.2}]""").Should().Equal(
            new SenMlRecord { Name = "urn:dev:ow:10e2073a01080063:voltage", Time = Now, Unit = "V", Value = 120.1 },
            new SenMlRecord { Name = "urn:dev:ow:10e2073a01080063:current", Time = Now, Unit = "A", Value = 1.2 });

    [Test]
    public void Times_before_now_and_other_base_values()
    {
        IReadOnlyList<SenMlRecord> read = Read(
            """
            [{"bn":"urn:dev:ow:10e2073a0108006:","bt":1.276020076001e+09,"bu":"A","bver":5,"n":"voltage","u":"V","v":120.1},
             {"n":"current","t":-5,"v":1.2},
             {"n":"current","v":1.7}]
            """);
        DateTimeOffset time = DateTimeOffset.FromUnixTimeMilliseconds(1276020076001);
        read.Should().Equal(
            new SenMlRecord { Name = "urn:dev:ow:10e2073a0108006:voltage", Time = time, Unit = "V", Value = 120.1 },
            new SenMlRecord { Name = "urn:dev:ow:10e2073a0108006:current", Time = time.AddSeconds(-5), Unit = "A", Value = 1.2 },
            new SenMlRecord { Name = "urn:dev:ow:10e2073a0108006:current", Time = time, Unit = "A", Value = 1.7 });
    }

    [Test]
    public void Values_of_all_types()
    {
        IReadOnlyList<SenMlRecord> read = Read(
            """
            [{"bn":"urn:dev:ow:10e2073a01080063:","n":"temp","u":"Cel","v":23.1},
             {"n":"label","vs":"Machine Room"},
             {"n":"open","vb":false},
             {"n":"nfc-reader","vd":"aGkgCg"}]
            """);
        read.Select(record => record.Text).Should().Equal(null, "Machine Room", null, null);
        read[2].Flag.Should().BeFalse();
        Encoding.ASCII.GetString(read[3].Data!.Value.Span).Should().Be("hi \n");
    }

    [Test]
    public void Sums_and_base_sums_and_base_values() =>
        Read("""[{"bn":"m","bv":100,"bs":1000,"n":"1","v":0.5},{"n":"2","s":5},{"n":"3","vs":"text"}]""").Should().Equal(
            new SenMlRecord { Name = "m1", Time = Now, Value = 100.5, Sum = 1000 },
            new SenMlRecord { Name = "m2", Time = Now, Value = 100, Sum = 1005 },
            new SenMlRecord { Name = "m3", Time = Now, Text = "text", Sum = 1000 });

    [Test]
    public void Base_values_may_have_a_record_of_their_own_and_change_later() =>
        Read("""[{"bn":"a","bt":1700000000},{"v":1},{"bn":"b","bt":-10,"v":2,"ut":60}]""").Should().Equal(
            new SenMlRecord { Name = "a", Time = DateTimeOffset.FromUnixTimeSeconds(1700000000), Value = 1 },
            new SenMlRecord { Name = "b", Time = Now.AddSeconds(-10), Value = 2, UpdateTime = TimeSpan.FromMinutes(1) });

    [Test]
    public void The_pack_of_the_RFC_in_CBOR()
    {
        const string Pack =
            "87a721781b75726e3a6465763a6f773a3130653230373361303130383030363a22fb41d303a15b00106223614120050067766f6c7461676501615602fb405e066666666666"
            + "a3006763757272656e74062402fb3ff3333333333333a3006763757272656e74062302fb3ff4cccccccccccda3006763757272656e74062202fb3ff6666666666666"
            + "a3006763757272656e74062102f93e00a3006763757272656e74062002fb3ff999999999999aa3006763757272656e74060002fb3ffb333333333333";
        IReadOnlyList<SenMlRecord> read = InCbor.Decode(Payload.OfHex(Pack));
        DateTimeOffset time = DateTimeOffset.FromUnixTimeMilliseconds(1276020076001);
        read.Should().HaveCount(7);
        read[0].Should().Be(new SenMlRecord { Name = "urn:dev:ow:10e2073a0108006:voltage", Time = time, Unit = "V", Value = 120.1 });
        read[1].Should().Be(new SenMlRecord { Name = "urn:dev:ow:10e2073a0108006:current", Time = time.AddSeconds(-5), Unit = "A", Value = 1.2 });
        read[4].Should().Be(new SenMlRecord { Name = "urn:dev:ow:10e2073a0108006:current", Time = time.AddSeconds(-2), Unit = "A", Value = 1.5 });
        read[6].Should().Be(new SenMlRecord { Name = "urn:dev:ow:10e2073a0108006:current", Time = time, Unit = "A", Value = 1.7 });
    }

    [Test]
    public void Numbers_of_CBOR_may_be_decimal_fractions() =>
        InCbor.Decode(Payload.OfHex("81a3" + "00616d" + "02c48221196ab3" + "06c482" + "22" + "1b" + Convert.ToHexStringLower(BitConverter.GetBytes(1276020076001L).AsEnumerable().Reverse().ToArray())))
            .Should().Equal(new SenMlRecord { Name = "m", Time = DateTimeOffset.FromUnixTimeMilliseconds(1276020076001), Value = 273.15 });

    [TestCase("""[{"n":"a","v":1,"x":[{"deep":true}],"y":"z"}]""", TestName = "unknown fields")]
    [TestCase("""[{"n":"a","v":1,"bver":10}]""", TestName = "own version")]
    public void What_is_not_known_is_passed_over(string pack) => Read(pack).Should().ContainSingle().Which.Value.Should().Be(1);

    [TestCase("""{"n":"a","v":1}""", "is an array")]
    [TestCase("""[{"n":"a","v":1}""", "no JSON")]
    [TestCase("""[{"n":"a","v":1}] 1""", "no JSON|goes on")]
    [TestCase("""[1]""", "nothing but objects")]
    [TestCase("""[{"v":1}]""", "no name")]
    [TestCase("""[{"n":"-a","v":1}]""", "is no name")]
    [TestCase("""[{"n":"ä","v":1}]""", "is no name")]
    [TestCase("""[{"n":"a","v":1,"vs":"x"}]""", "2 values")]
    [TestCase("""[{"n":"a"}]""", "neither a value nor a sum")]
    [TestCase("""[{"n":"a","v":1,"must_":1}]""", "demands to be understood")]
    [TestCase("""[{"n":"a","v":1,"bver":11}]""", "version 11")]
    [TestCase("""[{"n":"a","v":1,"bver":5},{"n":"a","v":1,"bver":6}]""", "different versions")]
    [TestCase("""[{"n":"a","v":"1"}]""", "'v'")]
    [TestCase("""[{"n":"a","v":1e999}]""", "'v'")]
    [TestCase("""[{"n":"a","v":1,"t":1e18}]""", "beyond all time")]
    [TestCase("""[{"n":"a","v":1,"t":1e14}]""", "beyond the years")]
    [TestCase("""[{"n":"a","v":1,"t":1e300}]""", "'t'")]
    [TestCase("""[{"n":"a","v":1,"ut":1e14}]""", "beyond all time")]
    [TestCase("""[{"n":"a","vd":"!"}]""", "Base64")]
    [TestCase("""[{"bn":"a","bv":1e308,"v":1e308}]""", "no finite number")]
    public void What_breaks_a_rule_is_told(string pack, string why) =>
        FluentActions.Invoking(() => Read(pack)).Should().Throw<SenMlException>().Which.Message.Should().MatchRegex(why);

    [Test]
    public void What_cannot_be_written_is_told()
    {
        var record = new SenMlRecord { Name = "a", Time = Now, Value = 1 };
        SenMlRecord[][] bad = [[], [record with { Name = "" }], [record with { Value = double.NaN }], [record with { Text = "t" }], [record with { Time = DateTimeOffset.UnixEpoch }]];
        foreach (SenMlRecord[] pack in bad)
        {
            FluentActions.Invoking(() => Json.Encode(pack, new ArrayBufferWriter<byte>())).Should().Throw<SenMlException>();
            FluentActions.Invoking(() => InCbor.Encode(pack, new ArrayBufferWriter<byte>())).Should().Throw<SenMlException>();
        }
    }

    [Test]
    public void What_is_written_is_read_again()
    {
        var random = new Random(8428);
        for (int i = 0; i < 2000; i++)
        {
            SenMlRecord[] pack = [.. Enumerable.Range(0, random.Next(1, 5)).Select(_ => Draw(random))];
            foreach (ICodec<IReadOnlyList<SenMlRecord>> codec in (ICodec<IReadOnlyList<SenMlRecord>>[])[Json, InCbor])
            {
                var output = new ArrayBufferWriter<byte>();
                codec.Encode(pack, output);
                IReadOnlyList<SenMlRecord> read = codec.Decode(Payload.InPieces(output.WrittenSpan.ToArray(), random.Next(1, 50)));
                read.Select(Comparable).Should().Equal(pack.Select(Comparable));
            }
        }
    }

    private static IReadOnlyList<SenMlRecord> Read(string json) => Json.Decode(Payload.Of(json));

    private static string Comparable(SenMlRecord record) => string.Create(
        CultureInfo.InvariantCulture,
        $"{record.Name} {record.Time:O} {record.Unit} {record.Value:R} {record.Text} {record.Flag} {(record.Data is { } data ? Convert.ToHexString(data.Span) : "")} {record.Sum:R} {record.UpdateTime}");

    private static SenMlRecord Draw(Random random)
    {
        int kind = random.Next(5);
        byte[] data = new byte[random.Next(5)];
        random.NextBytes(data);
        return new SenMlRecord
        {
            Name = $"urn:dev:{random.Next(100)}/x_{random.Next(3)}.y",
            Time = Now.AddSeconds(random.Next(-100_000_000, 100_000_000)).AddTicks(random.Next(2) * random.Next(1_000_000) * TimeSpan.TicksPerMicrosecond),
            Unit = random.Next(2) == 0 ? "Cel" : null,
            Value = kind == 0 ? Math.Round((random.NextDouble() - 0.5) * 1000, random.Next(10)) : null,
            Text = kind == 1 ? "a \"text\" \u6c34" : null,
            Flag = kind == 2 ? random.Next(2) == 0 : null,
            Data = kind == 3 ? data : (ReadOnlyMemory<byte>?)null,
            Sum = kind == 4 || random.Next(4) == 0 ? random.NextDouble() * 1e6 : null,
            UpdateTime = random.Next(4) == 0 ? TimeSpan.FromMilliseconds(random.Next(100_000)) : null,
        };
    }

    private sealed class FixedClock(DateTimeOffset now) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => now;
    }
}
