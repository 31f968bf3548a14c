using IoTStream.Time;

namespace IoTStream.Core.Tests.Oracle;

/// <summary>Sessions by definition: each record by itself, one after another, with everything kept.</summary>
internal static class SessionOracle
{
    public static WindowOutcome Compute(Reading[] readings, long gap, long bound, Int128 lateness)
    {
        var results = new List<(string, long, string)>();
        var late = new List<int>();
        var open = new List<Session>();
        Int128 watermark = Int128.MinValue;
        foreach (Reading reading in readings)
        {
            Session[] met = [.. open.Where(session =>
                session.Key == reading.Key && session.Start < reading.Time + gap && reading.Time < session.End)];
            var whole = new Session(
                reading.Key,
                met.Select(session => session.Start).Append(reading.Time).Min(),
                met.Select(session => session.End).Append(reading.Time + gap).Max())
            {
                Ids = [.. met.SelectMany(session => session.Ids).Append(reading.Id)],
                Pane = met.Select(session => session.Pane).Append(-1).Max(),
            };
            if (whole.End - 1 + lateness <= watermark)
            {
                late.Add(reading.Id);
            }
            else
            {
                open.RemoveAll(met.Contains);
                open.Add(whole);
                if (whole.End - 1 <= watermark)
                {
                    Fire(whole, WindowTiming.Late);
                }
            }

            watermark = Int128.Max(watermark, (Int128)reading.Time - bound - 1);
            Advance();
        }

        watermark = Int128.MaxValue;
        Advance();
        return WindowOutcome.Of(results, late, dropped: 0);

        void Advance()
        {
            foreach (Session session in open.Where(session => !session.HasFired && session.End - 1 <= watermark))
            {
                Fire(session, WindowTiming.OnTime);
            }

            open.RemoveAll(session => session.End - 1 + lateness <= watermark);
        }

        void Fire(Session session, WindowTiming timing)
        {
            session.HasFired = true;
            session.Pane++;
            results.Add(($"{session.Key}", session.Start, Text(session.End, session.Ids, timing, session.Pane)));
        }
    }

    /// <summary>Sessions of records none of which is late: what follows each other closely belongs together.</summary>
    public static WindowOutcome ComputeAllOnTime(IEnumerable<Reading> readings, long gap)
    {
        var results = new List<(string, long, string)>();
        foreach (IGrouping<int, Reading> key in readings.GroupBy(reading => reading.Key))
        {
            List<Reading> session = [];
            foreach (Reading reading in key.OrderBy(reading => reading.Time))
            {
                if (session.Count > 0 && reading.Time - session[^1].Time >= gap)
                {
                    Close();
                }

                session.Add(reading);
            }

            Close();

            void Close()
            {
                string text = Text(session[^1].Time + gap, session.Select(reading => reading.Id), WindowTiming.OnTime, pane: 0);
                results.Add(($"{key.Key}", session[0].Time, text));
                session.Clear();
            }
        }

        return WindowOutcome.Of(results, [], dropped: 0);
    }

    public static string Text(long end, IEnumerable<int> ids, WindowTiming timing, int pane) =>
        $"to {end}: {string.Join(' ', ids.Order())} {timing} {pane}";

    private sealed class Session(int key, long start, long end)
    {
        public int Key { get; } = key;

        public long Start { get; } = start;

        public long End { get; } = end;

        public List<int> Ids { get; init; } = [];

        public int Pane { get; set; }

        public bool HasFired { get; set; }
    }
}
