using SmartCity.Simulation;

namespace SmartCity.Tests;

public sealed class TimetableTests
{
    [TestCase(10_000, 10, 60)]
    [TestCase(10_000, 1, 1)]
    [TestCase(3, 10, 1)]
    [TestCase(7, 0.5, 1000)]
    [TestCase(1, 1, 1)]
    public void Every_sensor_reports_once_a_round_in_the_order_of_time(int sensors, double interval, double speedup)
    {
        var timetable = new Timetable(sensors, TimeSpan.FromSeconds(interval), speedup);
        var reports = new List<(int Sensor, long Time)>();
        for (long slice = 0; slice < 3 * timetable.SlicesInRound; slice++)
        {
            (int first, int end) = timetable.SensorsOf(slice);
            long round = timetable.RoundOf(slice);
            timetable.StartOf(slice).Should().Be(timetable.TimeOf(first, round));
            reports.AddRange(Enumerable.Range(first, end - first).Select(sensor => (sensor, timetable.TimeOf(sensor, round))));
        }

        reports.Select(report => report.Time).Should().BeInAscendingOrder();
        reports.Select(report => report.Sensor).Should().Equal(Enumerable.Range(0, 3).SelectMany(_ => Enumerable.Range(0, sensors)));
        (timetable.TimeOf(0, 1) - timetable.TimeOf(0, 0)).Should().Be((long)(interval * 1000));
        (timetable.SliceTime * timetable.SlicesInRound).Should().BeCloseTo(TimeSpan.FromSeconds(interval / speedup), TimeSpan.FromMicroseconds(100));
    }

    [Test]
    public void A_known_share_of_readings_goes_wrong()
    {
        Fate[] fates = [.. Enumerable.Range(0, 100_000).Select(i => Chance.FateOf(i % 1000, i / 1000))];

        double Share(params Fate[] which) => fates.Count(which.Contains) / (double)fates.Length;
        Share(Fate.HeldBack).Should().BeApproximately(0.02, 0.002);
        Share(Fate.Late).Should().BeApproximately(0.005, 0.001);
        Share(Fate.CutOff, Fate.Mistyped, Fate.Implausible).Should().BeApproximately(0.01, 0.001);
    }
}
