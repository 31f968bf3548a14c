using System.Buffers;
using IoTStream.Avro.Tests.Support;
using IoTStream.Connectors;

namespace IoTStream.Avro.Tests;

[Parallelizable(ParallelScope.All)]
public class TypeTests
{
    internal static readonly AvroType<Level> Levels = AvroTypes.Record<Level>("plant.Level")
        .Field("tank", AvroTypes.Int, level => level.Tank, (ref level, value) => level.Tank = value)
        .Field("at", AvroTypes.TimestampMillis, level => level.At, (ref level, value) => level.At = value)
        .Field("metres", AvroTypes.Double, level => level.Metres, (ref level, value) => level.Metres = value)
        .Field("valid", AvroTypes.Boolean, level => level.IsValid, (ref level, value) => level.IsValid = value)
        .OptionalField("temperature", AvroTypes.Float.OrNull(), level => level.Temperature, (ref level, value) => level.Temperature = value, null)
        .Build();

    internal enum State
    {
        Off,
        On,
        Unknown,
    }

    [Test]
    public void A_struct_is_read_as_it_was_written()
    {
        ICodec<Level> codec = AvroCodec.Of(Levels);
        var level = new Level { Tank = -3, At = DateTimeOffset.UnixEpoch.AddMilliseconds(1_790_000_000_123), Metres = 2.5, IsValid = true, Temperature = 21.5f };
        codec.Decoded(codec.Encoded(level)).Should().Be(level);
        codec.Decoded(codec.Encoded(level with { Temperature = null })).Should().Be(level with { Temperature = null });
    }

    [Test]
    public void A_struct_of_primitives_is_written_and_read_without_allocation()
    {
        ICodec<Level> codec = AvroCodec.Of(Levels);
        var output = new ArrayBufferWriter<byte>(1024);
        var level = new Level { Tank = 7, Metres = 2.5, Temperature = 1 };
        codec.Encode(level, output);
        byte[] bytes = output.WrittenSpan.ToArray();
        long before = 0;
        for (int round = 0; round < 3; round++)
        {
            before = GC.GetAllocatedBytesForCurrentThread();
            for (int i = 0; i < 1000; i++)
            {
                output.ResetWrittenCount();
                codec.Encode(level, output);
                codec.Decode(new ReadOnlySequence<byte>(bytes));
            }

            before = GC.GetAllocatedBytesForCurrentThread() - before;
        }

        before.Should().Be(0);
    }

    [Test]
    public void The_schema_says_everything() =>
        Levels.Schema.ToJson().Should().Be(
            """{"type":"record","name":"Level","namespace":"plant","fields":[{"name":"tank","type":"int"},{"name":"at","type":{"type":"long","logicalType":"timestamp-millis"}},{"name":"metres","type":"double"},{"name":"valid","type":"boolean"},{"name":"temperature","type":["null","float"],"default":null}]}""");

    [Test]
    public void Older_data_gets_defaults_and_newer_fields_are_passed_over()
    {
        AvroSchema older = AvroSchema.Parse("""{"type":"record","name":"plant.Level","fields":[{"name":"metres","type":"float"},{"name":"firmware","type":{"type":"record","name":"F","fields":[{"name":"v","type":"string"}]}},{"name":"valid","type":"boolean"},{"name":"tank","type":"int"},{"name":"at","type":{"type":"long","logicalType":"timestamp-millis"}}]}""");
        byte[] bytes = [0, 0, 0x20, 0x40, 6, .. "1.2"u8, 1, 14, 0];
        AvroCodec.Of(Levels, older).Decoded(bytes).Should().Be(new Level { Tank = 7, At = DateTimeOffset.UnixEpoch, Metres = 2.5, IsValid = true });
    }

    [Test]
    public void Logical_types_keep_what_they_can()
    {
        Check(AvroTypes.Uuid, Guid.Parse("12345678-9abc-def0-1234-56789abcdef0"));
        Check(AvroTypes.FixedUuid("U"), Guid.Parse("12345678-9abc-def0-1234-56789abcdef0"));
        Check(AvroTypes.Date, DateOnly.MinValue, DateOnly.MaxValue, new DateOnly(1970, 1, 1));
        Check(AvroTypes.TimeMillis, new TimeOnly(23, 59, 59, 999), TimeOnly.MinValue);
        Check(AvroTypes.TimeMicros, new TimeOnly(23, 59, 59, 999, 999));
        Check(AvroTypes.TimestampMillis, DateTimeOffset.MinValue, DateTimeOffset.UnixEpoch.AddMilliseconds(-1), new DateTimeOffset(2026, 11, 23, 10, 0, 0, TimeSpan.FromHours(2)));
        Check(AvroTypes.TimestampMicros, DateTimeOffset.MinValue, DateTimeOffset.UnixEpoch.AddMicroseconds(-1), new DateTimeOffset(DateTimeOffset.MaxValue.Ticks / 10 * 10, TimeSpan.Zero));
        Check(AvroTypes.TimestampNanos, DateTimeOffset.UnixEpoch.AddTicks(-1), DateTimeOffset.UnixEpoch.AddTicks(1));
        Check(AvroTypes.LocalTimestampMillis, new DateTime(2026, 1, 2, 3, 4, 5));
        Check(AvroTypes.LocalTimestampMicros, new DateTime(1, 1, 1));
        Check(AvroTypes.LocalTimestampNanos, new DateTime(1970, 1, 1));
        Check(AvroTypes.Duration("D"), new AvroDuration(1, uint.MaxValue, 3));
        Check(AvroTypes.Decimal(28, 10), 0m, -0.0000000001m, 999999999999999999.9999999999m, -999999999999999999.9999999999m, 1.5m);
        Check(AvroTypes.Decimal("P", 4, 9, 2), 1234567.89m, -1m, 0m);
        Check(AvroTypes.Enum<State>("S"), State.Off, State.Unknown);
        Check(AvroTypes.Fixed("F", 2).As(bytes => Convert.ToHexString(bytes), Convert.FromHexString), "0AFF");
    }

    [Test]
    public void Moments_that_are_too_fine_are_cut_off_downwards()
    {
        ICodec<DateTimeOffset> codec = AvroCodec.Of(AvroTypes.TimestampMillis);
        codec.Decoded(codec.Encoded(DateTimeOffset.UnixEpoch.AddTicks(-1))).Should().Be(DateTimeOffset.UnixEpoch.AddMilliseconds(-1));
        codec.Decoded(codec.Encoded(DateTimeOffset.UnixEpoch.AddTicks(19_999))).Should().Be(DateTimeOffset.UnixEpoch.AddMilliseconds(1));
    }

    // -1 in two's complement, of the specification's kind: the shortest form and longer ones.
    [TestCase("02FF", "-0.01")]
    [TestCase("06FFFFFF", "-0.01")]
    [TestCase("040102", "2.58")]
    [TestCase("00", "0")]
    public void Decimals_are_two_s_complement(string hex, string expected) =>
        AvroCodec.Of(AvroTypes.Decimal(10, 2)).Decoded(Convert.FromHexString(hex)).Should().Be(decimal.Parse(expected));

    [Test]
    public void Values_that_a_type_cannot_hold_are_refused()
    {
        Refuses(() => AvroCodec.Of(AvroTypes.Decimal(4, 2)).Encoded(1.234m), "*more digits behind the point*");
        Refuses(() => AvroCodec.Of(AvroTypes.Decimal(4, 2)).Encoded(100m), "*more digits than the 4*");
        Refuses(() => AvroCodec.Of(AvroTypes.Decimal(4, 2)).Decoded([40, .. Enumerable.Repeat((byte)0x7F, 20)]), "*more than a decimal of .NET*");
        Refuses(() => AvroCodec.Of(AvroTypes.Date).Decoded([0xFE, 0xFF, 0xFF, 0xFF, 0x0F]), "*beyond the years*");
        Refuses(() => AvroCodec.Of(AvroTypes.TimestampMillis).Decoded([0xFE, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 1]), "*beyond the years*");
        Refuses(() => AvroCodec.Of(AvroTypes.TimestampNanos).Encoded(DateTimeOffset.MaxValue), "*1677 to 2262*");
        Refuses(() => AvroCodec.Of(AvroTypes.TimeMillis).Decoded([1]), "*no time of a day*");
        Refuses(() => AvroCodec.Of(AvroTypes.Uuid).Decoded([2, 0x78]), "*no UUID*");
        Refuses(() => AvroCodec.Of(AvroTypes.Fixed("F", 2)).Encoded([1]), "*demands 2*");
        Refuses(() => AvroCodec.Of(AvroTypes.String).Encoded(null!), "*null is not among its values*");
        Refuses(() => AvroCodec.Of(AvroTypes.Enum<State>("S")).Encoded((State)9), "*none of the symbols*");
        Refuses(() => AvroCodec.Of(AvroTypes.Int.As(value => value > 0 ? value : throw new FormatException("not positive"), value => value)).Decoded([1]), "*not positive*");
    }

    [Test]
    public void Classes_contain_others_of_themselves_arrays_maps_and_unions()
    {
        AvroRecordBuilder<Node> builder = AvroTypes.Record("Node", () => new Node());
        AvroType<Node> type = builder
            .Field("name", AvroTypes.String, node => node.Name, (ref node, value) => node.Name = value)
            .Field("children", AvroTypes.Array(builder.Self), node => node.Children, (ref node, value) => node.Children = value)
            .Field("counts", AvroTypes.Map(AvroTypes.Long), node => node.Counts, (ref node, value) => node.Counts = value)
            .Field("extra", AvroTypes.Union<object?>().OrNull().Case(AvroTypes.Int).Case(AvroTypes.String).Case(builder.Self).Build(), node => node.Extra, (ref node, value) => node.Extra = value)
            .OptionalField("parent", builder.Self.OrNull(), node => node.Parent, (ref node, value) => node.Parent = value, null)
            .Build();
        var tree = new Node { Name = "a", Children = [new Node { Name = "b", Extra = "text" }, new Node { Name = "c", Extra = 5 }], Counts = { ["x"] = 1 }, Extra = new Node(), Parent = new Node { Name = "p" } };
        ICodec<Node> codec = AvroCodec.Of(type);
        codec.Decoded(codec.Encoded(tree)).Should().BeEquivalentTo(tree);
        AvroSchema.Parse(type.Schema.ToJson()).CanonicalForm.Should().Be(type.Schema.CanonicalForm);
        var circle = new Node();
        circle.Parent = circle;
        Refuses(() => codec.Encoded(circle), "*in a circle*");
    }

    [Test]
    public void Defaults_are_of_the_first_branch_and_fresh_each_time()
    {
        AvroType<ValueTuple<int[]>> type = AvroTypes.Record<ValueTuple<int[]>>("R").OptionalField("a", AvroTypes.Array(AvroTypes.Int), r => r.Item1, (ref r, value) => r.Item1 = value, [1, 2]).Build();
        ICodec<ValueTuple<int[]>> codec = AvroCodec.Of(type, AvroSchema.Parse("""{"type":"record","name":"R","fields":[]}"""));
        int[] first = codec.Decoded([]).Item1;
        first.Should().Equal(1, 2);
        codec.Decoded([]).Item1.Should().NotBeSameAs(first);
        FluentActions.Invoking(() => AvroTypes.Record<ValueTuple<int?>>("R").OptionalField("a", AvroTypes.Int.OrNull(), r => r.Item1, (ref r, value) => r.Item1 = value, 5))
            .Should().Throw<ArgumentException>().WithMessage("*first branch*");
    }

    [Test]
    public void Two_schemas_of_one_name_are_a_mistake() =>
        FluentActions.Invoking(() => AvroTypes.Record<(byte[], byte[])>("R")
            .Field("a", AvroTypes.Fixed("F", 1), r => r.Item1, (ref r, value) => r.Item1 = value)
            .Field("b", AvroTypes.Fixed("F", 2), r => r.Item2, (ref r, value) => r.Item2 = value)
            .Build()).Should().Throw<AvroSchemaException>().WithMessage("*'F'*");

    [Test]
    public void Single_objects_say_their_schema_by_its_fingerprint()
    {
        AvroSchema older = AvroSchema.Parse("""{"type":"record","name":"plant.Level","fields":[{"name":"tank","type":"int"},{"name":"at","type":{"type":"long","logicalType":"timestamp-millis"}},{"name":"metres","type":"double"},{"name":"valid","type":"boolean"}]}""");
        ICodec<Level> codec = AvroCodec.SingleObject(Levels, older);
        byte[] bytes = codec.Encoded(new Level { Tank = 1, At = DateTimeOffset.UnixEpoch });
        bytes[..10].Should().Equal([0xC3, 0x01, .. BitConverter.GetBytes(Levels.Schema.Fingerprint)]);
        codec.Decoded(bytes).Tank.Should().Be(1);
        byte[] old = [0xC3, 0x01, .. BitConverter.GetBytes(older.Fingerprint), 4, 0, .. new byte[8], 1];
        codec.Decode(Bytes.InPieces(old, 3)).Tank.Should().Be(2);
        Refuses(() => AvroCodec.SingleObject(Levels).Decoded(old), $"*{older.Fingerprint:x16}*");
        Refuses(() => codec.Decoded(new byte[20]), "*C3 01*");
        Refuses(() => codec.Decoded([0xC3]), "*less than the head*");
    }

    private static void Refuses(Action action, string reason) => action.Should().Throw<AvroException>().WithMessage(reason);

    private static void Check<T>(AvroType<T> type, params T[] values)
    {
        ICodec<T> codec = AvroCodec.Of(type);
        foreach (T value in values)
        {
            codec.Decoded(codec.Encoded(value)).Should().Be(value);
        }

        AvroSchema parsed = AvroSchema.Parse(type.Schema.ToJson());
        parsed.LogicalType.Should().Be(type.Schema.LogicalType);
        AvroCompatibility.Check(parsed, type.Schema).Should().BeEmpty();
    }

    internal record struct Level
    {
        public int Tank;
        public DateTimeOffset At;
        public double Metres;
        public bool IsValid;
        public float? Temperature;
    }

    internal sealed class Node
    {
        public string Name { get; set; } = "";

        public Node[] Children { get; set; } = [];

        public Dictionary<string, long> Counts { get; set; } = [];

        public object? Extra { get; set; }

        public Node? Parent { get; set; }
    }
}
