using FluentAssertions;
using IoTStream.Operators;
using IoTStream.State;
using NUnit.Framework;

namespace IoTStream.Core.Tests.State;

/// <summary>What is in logs of before has to be readable: these formats and bytes stay as they are, or what reads them stays.</summary>
public class StateFormatTests
{
    [Test]
    public void Known_values_have_known_formats_and_bytes()
    {
        Check(true, "bool", "01");
        Check(-2, "int32", "FEFFFFFF");
        Check(DayOfWeek.Friday, "int32", "05000000");
        Check(1.5, "float64", "000000000000F83F");
        Check(TimeSpan.FromTicks(7), "timespan", "0700000000000000");
        Check(new DateTimeOffset(1, TimeSpan.Zero), "datetimeoffset", "00000000000000000100000000000000");
        Check(new DateOnly(1, 1, 3), "date", "02000000");
        Check("Zü", "text", "01035AC3BC");
        Check<string?>(null, "text", "00");
        Check<byte[]?>([1, 2], "bytes", "01020102");
        Check<List<int>?>([1, 2], "list(int32)", "01020100000002000000");
        Check<int[]?>(null, "list(int32)", "00");
        Check<int?>(3, "{HasValue:bool@0,Value:int32@4}8", "0100000003000000");
        Check(("a", 2), "tuple(text; int32)", "01016102000000");
        Check((1L, 2L), "{Item1:int64@0,Item2:int64@8}16", "01000000000000000200000000000000");
        Check(KeyValuePair.Create("a", 2), "pair(text; int32)", "01016102000000");
        Check(new Named("a"), "json Named", "0C0000007B224E616D65223A2261227D");
    }

    [Test]
    public void Accumulators_have_known_formats()
    {
        new MeanAggregate<double>(static value => value).Serializer(StateSerializers.Default).Format
            .Should().Be("mean 1 {Count:int64@0,Sum:float64@8}16");
        new MomentsAggregate<double>(static value => value, static _ => 0).Serializer(StateSerializers.Default).Format
            .Should().Be("moments 1 {_count:int64@0,_mean:float64@8,_squares:float64@16}24");
        new TrendAggregate<double>(static value => value).Serializer(StateSerializers.Default).Format.Should().Be(
            "trend 1 {_count:int64@0,_origin:int64@8,_time:float64@16,_value:float64@24,_timeSquares:float64@32,_products:float64@40}48");
    }

    private static void Check<T>(T value, string format, string bytes)
    {
        StateSerializer<T> serializer = StateSerializers.Default.Of<T>();
        var writer = new StateWriter();
        serializer.Write(writer, value);
        (serializer.Format, Convert.ToHexString(writer.Written)).Should().Be((format, bytes));
    }

    private sealed record Named(string Name);
}
