using IoTStream.State;

namespace IoTStream.Core.Tests.State;

[Parallelizable(ParallelScope.All)]
public class LatestValuesTests
{
    [Test]
    public void Removals_are_remembered_as_long_as_records_from_before_them_may_come_and_no_longer()
    {
        var values = new LatestValues<int, string>(hasEventTime: true, lateness: 10);
        for (int key = 0; key < 1_000; key++)
        {
            values.Put(key, timestamp: 100, "on");
            values.Remove(key, timestamp: 200);
        }

        values.Advance(watermark: 209);
        values.Sweep(places: 10_000);
        values.Put(7, timestamp: 199, "late").Should().BeTrue();
        (values.Count, values.Kept).Should().Be((0, 1_000), "the removal is remembered");

        values.Advance(watermark: 210);
        for (int round = 0; round < 10; round++)
        {
            values.Sweep(places: 100);
        }

        (values.Count, values.Kept).Should().Be((0, 0), "nothing from before the removal is taken up any more");
        values.Put(7, timestamp: 200, "too late").Should().BeFalse();
        values.Put(7, timestamp: 201, "on again").Should().BeTrue();
        values.TryGet(7, out TableEntry<int, string> entry).Should().BeTrue();
        (entry.Value, entry.TimestampTicks).Should().Be(("on again", 201));
    }

    [Test]
    public void A_removal_that_is_forgotten_makes_no_difference_whether_it_has_been_given_back_or_not([Values] bool isGivenBack)
    {
        var values = new LatestValues<int, string>(hasEventTime: true, lateness: 0);
        values.Remove(1, timestamp: 100);
        values.Advance(watermark: 100);
        values.Sweep(isGivenBack ? 100 : 0);
        values.Kept.Should().Be(isGivenBack ? 0 : 1);

        values.Put(1, timestamp: 100, "late").Should().BeFalse();
        values.Remove(1, timestamp: 99).Should().BeFalse();
        values.Put(1, timestamp: 101, "on").Should().BeTrue();
        values.Count.Should().Be(1);
    }

    [Test]
    public void Late_records_of_known_keys_and_of_tables_without_removals_count()
    {
        var removing = new LatestValues<int, string>(hasEventTime: true, lateness: 0);
        removing.Put(1, timestamp: 100, "on");
        removing.Advance(watermark: 1_000);
        removing.Put(1, timestamp: 101, "late").Should().BeTrue();
        removing.TryGet(1, out TableEntry<int, string> entry).Should().BeTrue();
        entry.Value.Should().Be("late");

        var growing = new LatestValues<int, string>(hasEventTime: true, lateness: null);
        growing.Advance(watermark: long.MaxValue);
        growing.Put(1, timestamp: 1, "late").Should().BeTrue();
        growing.Count.Should().Be(1);
    }

    [Test]
    public void Extreme_watermarks_and_latenesses_are_no_trap()
    {
        var values = new LatestValues<int, string>(hasEventTime: true, lateness: long.MaxValue / 2);
        values.Advance(long.MinValue);
        values.Put(1, timestamp: 0, "on").Should().BeTrue();
        values.Remove(1, timestamp: 1).Should().BeTrue();
        values.Advance(long.MaxValue);
        values.Sweep(100);
        values.Kept.Should().Be(0);
    }
}
