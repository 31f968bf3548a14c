using IoTStream.Core.Tests.Support;
using IoTStream.Operators;
using IoTStream.Time;

namespace IoTStream.Core.Tests.Operators;

[Parallelizable(ParallelScope.All)]
public class InputMergerTests
{
    private enum Kind
    {
        Watermark,
        Idle,
        Active,
        Close,
        End,
    }

    [Test]
    public void The_watermark_is_the_least_of_the_active_inputs_and_never_goes_back() => Property.Holds(
        random => Steps(random, random.Next(1, 5)),
        steps =>
        {
            int inputs = steps.Max(step => step.Input) + 1;
            var merger = new InputMerger(inputs);
            var model = Enumerable.Range(0, inputs).Select(_ => new Input()).ToArray();
            long watermark = Watermark.None;
            foreach ((Kind kind, int input, long by) in steps)
            {
                Apply(merger, model[input], kind, input, by);

                Input[] open = [.. model.Where(found => !found.HasEnded)];
                Input[] active = [.. open.Where(found => !found.IsIdle)];
                Input[] counting = [.. model.Where(found => !found.IsIdle && !(found.HasEnded && found.Watermark == Watermark.End))];
                long allows = counting.Length > 0 ? counting.Min(found => found.Watermark)
                    : open.Length > 0 ? open.Max(found => found.Watermark)
                    : Watermark.None;
                bool allAtEnd = Array.TrueForAll(model, found => found.Watermark == Watermark.End);
                watermark = allAtEnd ? Watermark.End : allows == Watermark.End ? watermark : Math.Max(watermark, allows);

                merger.Watermark.Should().Be(watermark);
                merger.IsIdle.Should().Be(open.Length > 0 && active.Length == 0);
                merger.HasEnded.Should().Be(open.Length == 0);
            }
        });

    [Test]
    public void An_input_that_was_stopped_holds_back_the_others()
    {
        var merger = new InputMerger(2);
        merger.OnWatermark(0, 100);
        merger.OnWatermark(1, 10);
        merger.OnEnd(1);

        merger.Watermark.Should().Be(10);
    }

    [Test]
    public void An_input_that_stops_without_having_reached_the_end_of_time_keeps_it_from_coming()
    {
        var merger = new InputMerger(2);
        merger.OnWatermark(0, Watermark.End);
        merger.OnEnd(0);
        merger.OnWatermark(1, 10);
        merger.OnEnd(1);

        merger.Watermark.Should().Be(10);
        merger.HasEnded.Should().BeTrue();
    }

    private static List<(Kind Kind, int Input, long By)> Steps(Random random, int inputs) =>
        [.. Enumerable.Range(0, random.Next(1, 40)).Select(_ => ((Kind)random.Next(random.Next(3) == 0 ? 5 : 3), random.Next(inputs), (long)random.Next(10)))];

    private static void Apply(InputMerger merger, Input model, Kind kind, int input, long by)
    {
        if (model.HasEnded)
        {
            return;
        }

        switch (kind)
        {
            case Kind.Watermark when model.Watermark != Watermark.End:
                model.Watermark = Math.Max(0, model.Watermark) + by;
                merger.OnWatermark(input, model.Watermark);
                break;
            case Kind.Idle or Kind.Active:
                model.IsIdle = kind == Kind.Idle;
                merger.OnIdle(input, model.IsIdle);
                break;
            case Kind.Close:
                model.Watermark = Watermark.End;
                merger.OnWatermark(input, Watermark.End);
                break;
            case Kind.End:
                model.HasEnded = true;
                merger.OnEnd(input);
                break;
            default:
                break;
        }
    }

    private sealed class Input
    {
        public long Watermark { get; set; } = Time.Watermark.None;

        public bool IsIdle { get; set; }

        public bool HasEnded { get; set; }
    }
}
