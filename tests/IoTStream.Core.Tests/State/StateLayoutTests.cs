using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using FluentAssertions;
using IoTStream.State;
using NUnit.Framework;

namespace IoTStream.Core.Tests.State;

// Fields that nobody sets have a place all the same.
#pragma warning disable CS0169, CS0649

/// <summary>Values without references are kept as they lie in memory, with what lies where.</summary>
public class StateLayoutTests
{
    [Test]
    public void Formats_tell_what_lies_where()
    {
        Format<long>().Should().Be("int64");
        Format<DayOfWeek>().Should().Be("int32");
        Format<DateTimeOffset>().Should().Be("datetimeoffset");
        Format<First.Reading>().Should().Be("{Position.X:float64@0,Position.Y:float64@8,Count:int64@16,Quality:uint8@24}32");
        Format<OfManyKinds>().Should().Be(
            "{Id:guid@0,At:datetimeoffset@16,Price:decimal@32,Large:int128@48,Small:float16@64,Letter:char@66,Day:uint8@68,Is:bool@69,Date:date@72}80");
        Format<int?>().Should().Be("{HasValue:bool@0,Value:int32@4}8");
        Format<WithNullables>().Should().Be(
            "{A:uint8@0,B.HasValue:bool@8,B.Value:int64@16,C.HasValue:bool@24,C.Value.Limit.HasValue:bool@28,C.Value.Limit.Value:int32@32,C.Value.Kind:int16@36}40");
        Format<Long>().Should().StartWith("{Most.A.A.A.A:int64@0,").And.EndWith(",Most.D.D.D.D:int64@2040,Last:int8@2048}2056");
        Format<Empty>().Should().Be("{}1");
    }

    [Test]
    public void Fields_that_change_places_come_back_under_their_names()
    {
        var old = new First.Reading { Position = new First.Point { X = 1.5, Y = 2.5 }, Count = 3, Quality = 4 };
        Evolve<First.Reading, Swapped.Reading>(old).Should().Be(new Swapped.Reading { Quality = 4, Count = 3, Position = new Swapped.Point(Y: 2.5, X: 1.5) });
        Evolve<(int A, long B), TupleSwapped>((1, 2)).Should().Be(new TupleSwapped { Item1 = 1, Item2 = 2 });
    }

    [Test]
    public void New_fields_have_their_default_and_those_that_are_gone_are_left_out()
    {
        var old = new First.Reading { Position = new First.Point { X = 1.5, Y = 2.5 }, Count = 3, Quality = 4 };
        Extended.Reading now = Evolve<First.Reading, Extended.Reading>(old);
        now.Should().Be(new Extended.Reading { Count = 3, Position = new Extended.Point { Y = 2.5 } });
        Evolve<Extended.Reading, First.Reading>(now with { Limit = 5 }).Should().Be(new First.Reading { Count = 3, Position = new First.Point { Y = 2.5 } });
    }

    [Test]
    public void Values_of_former_layouts_are_found_inside_of_others()
    {
        var first = new First.Point { X = 1, Y = 2 };
        Evolve<List<First.Point>, List<Swapped.Point>>([first, first]).Should().Equal(new Swapped.Point(Y: 2, X: 1), new Swapped.Point(Y: 2, X: 1));
        Evolve<(string, First.Point), (string, Swapped.Point)>(("a", first)).Should().Be(("a", new Swapped.Point(Y: 2, X: 1)));
        Evolve<First.Point?, Swapped.Point?>(first).Should().Be(new Swapped.Point(Y: 2, X: 1));
        Evolve<First.Point?, Swapped.Point?>(null).Should().BeNull();
    }

    [Test]
    public void What_has_become_something_else_is_not_read()
    {
        Refuses<First.Reading, Retyped.Reading>("a double has become a float");
        Refuses<First.Reading, Flat.Reading>("a struct has become a number");
        Refuses<Flat.Reading, First.Reading>("a number has become a struct");
        Refuses<First.Reading, Renamed.Reading>("no name is left");
        Refuses<int, long>("it is another number");
        Refuses<int, int?>("it has parts now");
        Refuses<long, DateTime>("a number is no time");
        Refuses<Empty, First.Point>("nothing is left");
    }

    [Test]
    public void What_is_not_known_by_name_is_read_only_as_it_was()
    {
        Refuses<Union, UnionExtended>("numbers share bytes");
        Refuses<Fixed.Buffer, FixedSwapped.Buffer>("the bytes of the buffer have no names");
        Refuses<InlineHolder, InlineHolderSwapped>("the items have no names");
        Format<Union>().Should().Be("{Number:int64@0,Real:float64@0}8");
        Format<InlineHolder>().Should().EndWith(",?InlineHolder}32").And.StartWith("{Count:int64@24");
        RoundTrip(new Union { Number = 7 }).Should().Be(new Union { Number = 7 });
        RoundTrip(new InlineHolder { Count = 7 }).Count.Should().Be(7);
    }

    [Test]
    public void Layouts_that_nobody_writes_are_not_read()
    {
        foreach (string format in (string[])["{", "}", "{}", "{}x", "{X}8", "{X:float64}8", "{X:float64@}8", "{X:float64@1}8", "{X:what@0}8", "{X@0:float64}8", "{X:float64@-1}9", "raw Point 16", ""])
        {
            StateSerializers.Default.Of<First.Point>().Reading(format).Should().BeNull(format);
        }
    }

    [Test]
    public void What_fields_mean_is_told_in_front_of_the_layout()
    {
        new RawSerializer<Swapped.Point>("place 1").Reading("place 1 " + Format<First.Point>()).Should().NotBeNull();
        new RawSerializer<Swapped.Point>("place 2").Reading("place 1 " + Format<First.Point>()).Should().BeNull();
        new RawSerializer<Swapped.Point>().Reading("place 1 " + Format<First.Point>()).Should().BeNull();
    }

    private static string Format<T>() => StateSerializers.Default.Of<T>().Format;

    private static void Refuses<TOld, T>(string because) => StateSerializers.Default.Of<T>().Reading(Format<TOld>()).Should().BeNull(because);

    private static T RoundTrip<T>(T value) => Evolve<T, T>(value);

    private static T Evolve<TOld, T>(TOld old)
    {
        var writer = new StateWriter();
        StateSerializers.Default.Of<TOld>().Write(writer, old);
        writer.Write((byte)0xAB);
        StateSerializer<T>? reading = StateSerializers.Default.Of<T>().Reading(Format<TOld>());
        reading.Should().NotBeNull();
        var reader = new StateReader(writer.Written);
        T now = reading!.Read(ref reader);
        reader.Remaining.Should().Be(1);
        return now;
    }

    private static class First
    {
        internal record struct Point
        {
            public double X;
            public double Y;
        }

        internal record struct Reading
        {
            public Point Position;
            public long Count;
            public byte Quality;
        }
    }

    private static class Swapped
    {
        internal readonly record struct Point(double Y, double X);

        internal record struct Reading
        {
            public byte Quality { get; set; }

            public long Count { get; set; }

            public Point Position { get; set; }
        }
    }

    private static class Extended
    {
        internal record struct Point
        {
            public double Y;
        }

        internal record struct Reading
        {
            public Point Position;
            public double Limit;
            public long Count;
        }
    }

    private static class Retyped
    {
        internal record struct Point
        {
            public float X;
            public double Y;
        }

        internal record struct Reading
        {
            public Point Position;
            public long Count;
            public byte Quality;
        }
    }

    private static class Flat
    {
        internal record struct Reading
        {
            public Int128 Position;
            public long Count;
            public byte Quality;
        }
    }

    private static class Renamed
    {
        internal record struct Reading
        {
            public First.Point Place;
            public long Number;
            public byte Grade;
        }
    }

    private record struct TupleSwapped
    {
        public long Item2;
        public int Item1;
    }

    private enum SmallDay : byte
    {
        Monday,
    }

    private record struct OfManyKinds
    {
        public Guid Id;
        public DateTimeOffset At;
        public decimal Price;
        public Int128 Large;
        public Half Small;
        public char Letter;
        public SmallDay Day;
        public bool Is;
        public DateOnly Date;
    }

    private record struct Bounds
    {
        public int? Limit;
        public short Kind;
    }

    private record struct WithNullables
    {
        public byte A;
        public long? B;
        public Bounds? C;
    }

    private record struct Four<T>
        where T : struct
    {
        public T A;
        public T B;
        public T C;
        public T D;
    }

    /// <summary>More bytes than one digit can count.</summary>
    private record struct Long
    {
        public Four<Four<Four<Four<long>>>> Most;
        public sbyte Last;
    }

    private record struct Empty;

    [StructLayout(LayoutKind.Explicit)]
    private record struct Union
    {
        [FieldOffset(0)]
        public long Number;
        [FieldOffset(0)]
        public double Real;
    }

    [StructLayout(LayoutKind.Explicit)]
    private record struct UnionExtended
    {
        [FieldOffset(0)]
        public long Number;
        [FieldOffset(0)]
        public double Real;
        [FieldOffset(8)]
        public long More;
    }

    private static class Fixed
    {
        [StructLayout(LayoutKind.Sequential, Size = 32)]
        internal record struct Buffer
        {
            public long Count;
        }
    }

    private static class FixedSwapped
    {
        [StructLayout(LayoutKind.Sequential, Size = 40)]
        internal record struct Buffer
        {
            public long Count;
        }
    }

    [InlineArray(3)]
    private struct Three
    {
        private double _first;
    }

    private struct InlineHolder
    {
        public Three Items;
        public long Count;
    }

    private struct InlineHolderSwapped
    {
        public long Count;
        public Three Items;
    }
}
