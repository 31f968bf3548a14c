using System.Globalization;
using IoTStream.Time;

namespace IoTStream.Simulation.Jobs;

/// <summary>What comes out of pipelines by their definition, from all of the input at once. Nothing of the runtime is in it.</summary>
internal static class Oracles
{
    public static IEnumerable<string> Windows(IReadOnlyList<Reading> all, int size, int slide, Func<IEnumerable<Reading>, object> value) =>
        InWindows(all, size, slide).Select(window => Text(window.Key, window.Start, window.Start + size, value(window.Readings)));

    /// <summary>Windows of four seconds, and what they come to in windows of twenty.</summary>
    public static IEnumerable<string> WindowsOfWindows(IReadOnlyList<Reading> all)
    {
        Reading[] sums = [.. InWindows(all, 4, 4).Select(window => new Reading(window.Key % 3, 0, window.Readings.Sum(reading => reading.Value), window.Start + 3))];
        return Windows(sums, 20, 20, Sum);
    }

    public static IEnumerable<string> Sessions(IReadOnlyList<Reading> all, int gap)
    {
        foreach (IGrouping<int, Reading> key in all.GroupBy(reading => reading.Key))
        {
            List<Reading> session = [];
            foreach (Reading reading in key.OrderBy(reading => reading.Seconds))
            {
                if (session.Count > 0 && reading.Seconds >= session[^1].Seconds + gap)
                {
                    yield return Told();
                    session = [];
                }

                session.Add(reading);
            }

            yield return Told();

            string Told() => Text(key.Key, session[0].Seconds, session[^1].Seconds + gap, Sum(session));
        }
    }

    /// <summary>Windows of so many records of a key, one every so many; the last ones have what is left.</summary>
    public static IEnumerable<string> Counts(IReadOnlyList<Reading> all, int size, int slide)
    {
        foreach (IGrouping<int, Reading> key in all.GroupBy(reading => reading.Key))
        {
            Reading[] readings = [.. key];
            for (int start = 0; start < readings.Length; start += slide)
            {
                Reading[] window = [.. readings.Skip(start).Take(size)];
                long first = TicksOf(window.Min(reading => reading.Seconds));
                long last = TicksOf(window.Max(reading => reading.Seconds));
                yield return Text(key.Key, new Window(first, last + 1), Sum(window));
            }
        }
    }

    public static IEnumerable<string> Numbers(IReadOnlyList<Reading> all)
    {
        foreach (IGrouping<int, Reading> key in all.GroupBy(reading => reading.Key))
        {
            int count = 0;
            SortedDictionary<int, int> values = [];
            foreach (Reading reading in key.OrderBy(reading => reading.Seconds))
            {
                values[reading.Value % 5] = reading.Number;
                yield return $"{reading}: {++count}, {string.Join(' ', values)}";
                if (reading.Value == 7)
                {
                    values.Clear();
                }
            }
        }
    }

    /// <summary>Each record with those of its key among others that come up to so much later, or with none.</summary>
    public static IEnumerable<string> Pairs(IReadOnlyList<Reading> all, int after, Func<Reading, bool> isPartner) => all.SelectMany(left => all
        .Where(right => isPartner(right) && right.Key == left.Key && right.Seconds >= left.Seconds && right.Seconds <= left.Seconds + after)
        .DefaultIfEmpty()
        .Select(right => $"{left}>{right}"));

    public static IEnumerable<string> PairsOfWindows(IReadOnlyList<Reading> all, int size, Func<Reading, bool> isPartner) =>
        InWindows(all, size, size).SelectMany(window => window.Readings.SelectMany(left => window.Readings
            .Where(isPartner)
            .Select(right => Text(window.Key, window.Start, window.Start + size, $"{left}>{right}"))));

    /// <summary>Each record with the last row of its key until then, by time and then by arrival.</summary>
    public static IEnumerable<string> Versions(IReadOnlyList<Reading> all, Func<Reading, bool> isRow) => all.Select(left =>
    {
        Reading row = all.Where(row => isRow(row) && row.Key == left.Key && row.Seconds <= left.Seconds).OrderBy(row => row.Seconds).LastOrDefault();
        return $"{left.Number}/{left.Key}>{row.Value}@{row.Seconds}";
    });

    public static object Sum(IEnumerable<Reading> readings) => (double)readings.Sum(reading => reading.Value);

    private static IEnumerable<(int Key, long Start, List<Reading> Readings)> InWindows(IReadOnlyList<Reading> all, int size, int slide) => all
        .SelectMany(reading => Enumerable.Range(0, size / slide).Select(back => (Reading: reading, Start: reading.Seconds - (reading.Seconds % slide) - (back * slide))))
        .GroupBy(one => (one.Reading.Key, one.Start))
        .Select(window => (window.Key.Key, window.Key.Start, window.Select(one => one.Reading).ToList()));

    private static string Text(int key, long start, long end, object value) => Text(key, new Window(TicksOf(start), TicksOf(end)), value);

    private static string Text(int key, Window window, object value) =>
        string.Create(CultureInfo.InvariantCulture, $"{new WindowResult<int, object>(key, window, value, WindowTiming.OnTime, Pane: 0)}");

    private static long TicksOf(long seconds) => DateTimeOffset.UnixEpoch.AddSeconds(seconds).UtcTicks;
}
