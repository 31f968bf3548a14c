using IoTStream.Time;

namespace IoTStream.Core.Tests.Oracle;

/// <summary>
/// Windows by definition: all records are kept and everything is computed anew for each. One partition only, for with several the
/// outcome depends on how their records interleave.
/// </summary>
internal static class WindowOracle
{
    public static WindowOutcome Compute(WindowCase input)
    {
        var late = new List<int>();
        var taken = new Dictionary<(int Key, long Start), List<Reading>>();
        var results = new List<(string, long, string)>();
        var given = new Dictionary<(int, long), int>();
        Int128 watermark = Int128.MinValue;
        foreach (Reading reading in input.Partitions.Single())
        {
            bool isTaken = false;
            foreach (long start in StartsOf(input, reading.Time))
            {
                Int128 last = start + input.Size - 1;
                if (watermark >= last + input.Lateness)
                {
                    continue;
                }

                isTaken = true;
                (int, long) window = (reading.Key, start);
                taken.TryAdd(window, []);
                taken[window].Add(reading);
                if (watermark >= last)
                {
                    int pane = given.GetValueOrDefault(window);
                    given[window] = pane + 1;
                    results.Add(Result(input, window, taken[window], WindowTiming.Late, pane));
                }
            }

            if (!isTaken)
            {
                late.Add(reading.Id);
            }

            watermark = Int128.Max(watermark, input.AllowedBy(reading) ?? Int128.MinValue);
            FireUntil(watermark);
        }

        FireUntil(Int128.MaxValue);
        return WindowOutcome.Of(results, late, input.LateIsConsumed ? 0 : late.Count);

        void FireUntil(Int128 until)
        {
            foreach (((int Key, long Start) window, List<Reading> readings) in taken)
            {
                if (window.Start + input.Size - 1 <= until && given.TryAdd(window, 1))
                {
                    results.Add(Result(input, window, readings, WindowTiming.OnTime, pane: 0));
                }
            }
        }
    }

    public static string KeyText(WindowCase input, int key) => (input.TextKeys ? $"key-{key}" : $"{key}") + SizeText(input, input.Size);

    /// <summary>Tells results of windows of several sizes apart.</summary>
    public static string SizeText(WindowCase input, long size) => input.Others.Length == 0 ? "" : $" size {size}";

    public static IEnumerable<long> StartsOf(WindowCase input, long time)
    {
        for (long start = time - input.Size + 1; start <= time; start++)
        {
            if ((start - input.Offset) % input.Slide == 0)
            {
                yield return start;
            }
        }
    }

    private static (string, long, string) Result(WindowCase input, (int Key, long Start) window, List<Reading> readings, WindowTiming timing, int pane) =>
        (KeyText(input, window.Key), window.Start, $"{input.Summary.Expected(readings)} {timing}/{pane}");
}
