using IoTStream.Core.Tests.Oracle;
using IoTStream.Operators;
using IoTStream.State;
using IoTStream.Time;

namespace IoTStream.Core.Tests.Durability;

/// <summary>
/// Gives an operator the same input twice: on one lane in one life, and in several lives with another number of lanes each, of which each goes on from
/// the last epoch that the one before committed. What came out since then is gone, and comes again.
/// </summary>
/// <param name="feeds">The input.</param>
/// <param name="create">Makes the operator on a lane.</param>
internal sealed class Lives(IReadOnlyList<Feed> feeds, Action<LaneRig> create)
{
    private readonly IReadOnlyList<Feed> _feeds = feeds;

    /// <summary>What happened, for who looks for the reason of a failure.</summary>
    private readonly List<string> _trace = [];

    /// <summary>Whether every lane is given what comes on the right.</summary>
    public bool IsRightBroadcast { get; init; }

    /// <summary>Records after the key that says which lane they go to; by default their own.</summary>
    public Func<Reading, int> KeyOf { get; init; } = static reading => reading.Key;

    /// <summary>What is run, for who looks for the reason of a failure.</summary>
    public string Description { get; init; } = "";

    /// <summary>Whether results of a key have an order.</summary>
    public bool IsOrdered { get; init; } = true;

    public static void ShouldBeAsOne(int seed, Func<Random, Lives> describe)
    {
        var random = new Random(seed);
        Lives lives = describe(random);
        lives._trace.AddRange(lives._feeds.Select(feed => $"{feed}"));
        List<Outcome> expected = lives.RunOnce();
        List<Outcome> actual = lives.Run(random);
        int same = expected.Zip(actual).TakeWhile(pair => pair.First == pair.Second).Count();
        string.Join('\n', actual.Skip(same - 3).Take(8)).Should().Be(string.Join('\n', expected.Skip(same - 3).Take(8)), "{0} are the same\n{1}", same, lives.Description + string.Join('\n', lives._trace));
        actual.Should().HaveCount(expected.Count);
    }

    private List<Outcome> RunOnce()
    {
        var life = new Life(this, new LifeClock(0, 0), 1, captures: null, batchSize: 3);
        foreach (Feed feed in _feeds)
        {
            life.Give([feed]);
        }

        life.End();
        return Sorted(life.Take());
    }

    private List<Outcome> Run(Random random)
    {
        var image = new StateImage(shareBytes: random.Next(4) == 0 ? 0 : random.Next(1, 300));
        List<Outcome> committed = [];
        int position = 0;
        long now = 0;
        for (int left = random.Next(1, 5); ; left--)
        {
            int lanes = random.Next(1, 5);
            var clock = new LifeClock(now, random.Next(1_000_000));
            _trace.Add($"life of {lanes} lanes from {position}");
            var life = new Life(this, clock, lanes, image.Start(lanes), random.Next(3, 6));
            image.Restore(lane => StateImage.Owned<int>(StableHash.OfIntegers, lanes, lane));
            life.AfterRestart(_feeds.Take(position), random);
            int end = left == 0 ? _feeds.Count : random.Next(position, _feeds.Count + 1);
            for (int at = position; at < end;)
            {
                int count = random.Next(1, 4);
                life.Give([.. _feeds.Take(Math.Min(end, at + count)).Skip(at)]);
                at = Math.Min(end, at + count);
                if (random.Next(5) == 0)
                {
                    _trace.Add($"epoch after {at}");
                    life.Barrier(image.Begin());
                    image.Commit();
                    committed.AddRange(life.Take());
                    position = at;
                    now = clock.Now;
                }
            }

            if (left == 0)
            {
                life.End();
                committed.AddRange(life.Take());
                return Sorted(committed);
            }
        }
    }

    private List<Outcome> Sorted(IEnumerable<Outcome> outcomes)
    {
        IOrderedEnumerable<Outcome> sorted = outcomes.OrderBy(outcome => outcome.Output).ThenBy(outcome => outcome.Key);
        return IsOrdered ? [.. sorted] : [.. sorted.ThenBy(outcome => outcome.Text, StringComparer.Ordinal)];
    }

    private sealed class Life
    {
        private readonly Lives _lives;
        private readonly LifeClock _clock;
        private readonly LaneRig[] _lanes;
        private readonly KeyOwnership<int>[] _owners;

        public Life(Lives lives, LifeClock clock, int lanes, IReadOnlyList<LaneCapture>? captures, int batchSize)
        {
            _lives = lives;
            _clock = clock;
            _owners = [.. Enumerable.Range(0, lanes).Select(lane => StateImage.Owned<int>(StableHash.OfIntegers, lanes, lane))];
            _lanes = [.. Enumerable.Range(0, lanes).Select(lane => new LaneRig(new OperatorContext(lane, batchSize, clock) { Capture = captures?[lane] }))];
            Array.ForEach(_lanes, lives.CreateOn);
        }

        /// <summary>The stream begins again somewhere before the place where it was.</summary>
        public void AfterRestart(IEnumerable<Feed> past, Random random)
        {
            Feed? lower = past.LastOrDefault(feed => feed.Kind == FeedKind.Watermark);
            if (lower is not null && random.Next(2) == 0)
            {
                Give([lower with { Time = lower.Time - random.Next(30) }]);
            }
        }

        public void Give(IReadOnlyList<Feed> feeds)
        {
            for (int i = 0; i < feeds.Count;)
            {
                FeedKind kind = feeds[i].Kind;
                List<Feed> run = [.. feeds.Skip(i).TakeWhile(feed => feed.Kind == kind && (feed.Record is not null || ReferenceEquals(feed, feeds[i])))];
                i += run.Count;
                for (int lane = 0; lane < _lanes.Length; lane++)
                {
                    Give(lane, kind, run);
                }

                if (kind == FeedKind.Clock)
                {
                    _clock.Now += run.Sum(feed => feed.Time);
                    Array.ForEach(_lanes, lane => lane.OnTime());
                }
            }
        }

        public void Barrier(long epoch)
        {
            foreach (LaneRig lane in _lanes)
            {
                lane.Left.OnBarrier(epoch);
                lane.Right?.OnBarrier(epoch);
                lane.Settle();
            }
        }

        public void End()
        {
            foreach (LaneRig lane in _lanes)
            {
                foreach (Operator<Reading> input in lane.Right is { } right ? (Operator<Reading>[])[lane.Left, right] : [lane.Left])
                {
                    input.OnWatermark(Watermark.End);
                    input.OnEnd();
                    lane.Settle();
                }
            }
        }

        public List<Outcome> Take() => [.. _lanes.SelectMany(lane => lane.Take())];

        private void Give(int lane, FeedKind kind, List<Feed> run)
        {
            LaneRig rig = _lanes[lane];
            switch (kind)
            {
                case FeedKind.Record:
                    rig.Push(rig.Left, run.Select(feed => feed.Record!).Where(reading => _owners[lane].Owns(_lives.KeyOf(reading))));
                    break;
                case FeedKind.Right:
                    rig.Push(rig.Right!, run.Select(feed => feed.Record!).Where(reading => _lives.IsRightBroadcast || _owners[lane].Owns(_lives.KeyOf(reading))));
                    break;
                case FeedKind.Watermark:
                    rig.Left.OnWatermark(run[0].Time);
                    break;
                case FeedKind.RightWatermark:
                    rig.Right!.OnWatermark(run[0].Time);
                    break;
            }

            rig.Settle();
        }
    }

    private void CreateOn(LaneRig lane) => create(lane);
}
