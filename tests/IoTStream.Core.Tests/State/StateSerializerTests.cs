using FluentAssertions;
using IoTStream.Connectors;
using IoTStream.State;
using NUnit.Framework;

namespace IoTStream.Core.Tests.State;

public class StateSerializerTests
{
    private static readonly DateTimeOffset Noon = new(2026, 3, 1, 12, 0, 0, TimeSpan.FromHours(2));

    [Test]
    public void Values_of_many_types_come_back_as_they_were()
    {
        Survives(true);
        Survives((byte)200);
        Survives(-5);
        Survives(long.MinValue);
        Survives(Math.PI);
        Survives(double.NaN);
        Survives(12.50m);
        Survives('x');
        Survives(DayOfWeek.Friday);
        Survives(Noon);
        Survives(TimeSpan.FromTicks(7));
        Survives(new Guid("6ddb6f63-5f0f-44b5-8c0c-3f7d9a2c6f11"));
        Survives(new DateOnly(2026, 2, 28));
        Survives(new TimeOnly(23, 59));
        Survives("Zürich \U0001F321");
        Survives("");
        Survives<string?>(null);
        Survives(new byte[] { 1, 2, 3 });
        Survives<int?>(null);
        Survives<int?>(3);
        Survives((1, 2L));
        Survives(("a", 2L));
        Survives(("a", 2L, Noon));
        Survives(("a", "b", "c", 4.5));
        Survives(("a", "b", "c", "d", 5));
        Survives<(string, int)?>(("a", 1));
        Survives(Tuple.Create("a", 1));
        Survives(KeyValuePair.Create("a", 1.5));
        Survives(KeyValuePair.Create(1, 1.5));
        Survives(new double[] { 1, double.NegativeInfinity });
        Survives(new List<string?> { "a", null });
        Survives(new Dictionary<string, int>(StringComparer.Ordinal) { ["a"] = 1 });
        Survives(new Station("Bern", [1, double.NaN]));
        Survives(new Place("Bern", 46.9));
    }

    [TestCase("\uD800")]
    [TestCase("a\uDC00b")]
    public void Texts_that_have_no_UTF8_stay_what_they_were(string text) => RoundTrip(text).Should().Be(text);

    [Test]
    public void Texts_longer_than_what_is_looked_at_at_once_are_whole()
    {
        string text = string.Concat(Enumerable.Repeat("\U0001F321°C ", 500));
        RoundTrip(text).Should().Be(text);
        RoundTrip(text + "\uD800").Should().Be(text + "\uD800");
    }

    [Test]
    public void Contexts_come_back_with_all_that_is_known_of_the_record()
    {
        var partition = new SourcePartition("sensors", 3, "city/3");
        var context = new RecordContext(42, new RecordHeaders(new RecordHeader("unit", "°C"), new RecordHeader("unit", "K")).OriginIn(partition));
        RecordContext read = RoundTrip(context);
        read.TimestampTicks.Should().Be(42);
        read.Partition.ToString().Should().Be("sensors[3] city/3");
        read.Headers.Select(header => (header.Name, header.Text)).Should().Equal(("unit", "°C"), ("unit", "K"));
    }

    [Test]
    public void Records_of_one_partition_share_it_when_they_are_read()
    {
        StateSerializer<RecordOrigin> serializer = StateSerializers.Default.Of<RecordOrigin>();
        var writer = new StateWriter();
        for (int i = 0; i < 6; i++)
        {
            serializer.Write(writer, new SourcePartition("sensors", i % 2, "p").Origin);
        }

        RecordOrigin[] read = new RecordOrigin[6];
        var reader = new StateReader(writer.Written);
        for (int i = 0; i < 6; i++)
        {
            read[i] = serializer.Read(ref reader);
        }

        read.Select(origin => origin.Partition).Distinct().Should().HaveCount(2);
        read.Distinct().Should().HaveCount(2);
    }

    private static void Survives<T>(T value) => RoundTrip(value).Should().BeEquivalentTo(value, options => options.WithStrictOrdering());

    private static T RoundTrip<T>(T value)
    {
        StateSerializer<T> serializer = StateSerializers.Default.Of<T>();
        var writer = new StateWriter();
        serializer.Write(writer, value);
        writer.Write((byte)0xAB);
        var reader = new StateReader(writer.Written);
        T read = serializer.Read(ref reader);
        reader.Remaining.Should().Be(1, "a value says where it ends");
        serializer.Reading(serializer.Format).Should().NotBeNull();
        return read;
    }

    [Test]
    public void What_JSON_would_lose_is_refused_before_it_is_written()
    {
        Refused<Hidden>("*Hidden has neither public properties nor public fields*UseStateCodec*");
        Refused<GetOnly>("*GetOnly.Count can be read but not set*");
        Refused<Holder>("*GetOnly.Count can be read but not set*");
        StateSerializers.Default.Of<Computed>().Should().NotBeNull("what is computed is not lost");
        StateSerializers.Default.Of<Station>().Should().NotBeNull("what a constructor takes is not lost");
        StateSerializers.Default.Of<object>().Should().NotBeNull("there is nothing to lose");

        static void Refused<T>(string message) =>
            FluentActions.Invoking(() => StateSerializers.Default.For("means").Of<T>()).Should().Throw<NotSupportedException>().WithMessage("Step 'means'*").WithMessage(message);
    }

    internal sealed class Hidden
    {
        private readonly List<int> _values = [];

        public void Add(int value) => _values.Add(value);

        public int Sum() => _values.Sum();
    }

    internal sealed class GetOnly
    {
        public string Name { get; set; } = "";

        public int Count { get; } = 7;
    }

    internal sealed record Holder(string Name, List<GetOnly> Parts, GetOnly? Part);

    internal sealed record Computed(double Celsius)
    {
        public double Fahrenheit => (Celsius * 9 / 5) + 32;
    }

    internal sealed record Station(string Name, List<double> Readings);

    internal readonly record struct Place(string Name, double Latitude);
}
