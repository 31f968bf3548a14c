using IoTStream.Connectors;
using IoTStream.Operators;
using IoTStream.Runtime;

namespace IoTStream.Core.Tests.Epochs;

/// <summary>Puts a place between any two steps that has room for one batch now and then.</summary>
internal sealed class Narrow(Random random) : Interposer
{
    private readonly List<Action<bool>> _rooms = [];

    /// <summary>Whether there is always room, to see whether anything can still move.</summary>
    public bool IsCalm { get; set; }

    public override Operator<T> Before<T>(Operator<T> next, int lane)
    {
        var place = new Place<T>(this, next);
        _rooms.Add(room => place.Room = room);
        return place;
    }

    public void Change() => _rooms.ForEach(set => set(random.Next(3) > 0));

    private sealed class Place<T>(Narrow narrow, Operator<T> next) : Operator<T>
    {
        private long _watermark = Time.Watermark.None;
        private long _epoch;
        private bool _ended;

        public bool Room { get; set; } = true;

        public override bool IsReady => (Room || narrow.IsCalm) && next.IsReady;

        public override void OnBatch(scoped in Batch<T> batch)
        {
            _ended.Should().BeFalse();
            Room = false;
            next.OnBatch(in batch);
        }

        public override void OnWatermark(long watermark)
        {
            _ended.Should().BeFalse();
            watermark.Should().BeGreaterThanOrEqualTo(_watermark);
            _watermark = watermark;
            next.OnWatermark(watermark);
        }

        public override void OnIdle(bool idle) => next.OnIdle(idle);

        public override void OnPartition(SourcePartition partition, bool ended) => next.OnPartition(partition, ended);

        public override void OnBarrier(long epoch)
        {
            _ended.Should().BeFalse();
            epoch.Should().Be(_epoch + 1, "no barrier is lost or comes twice");
            _epoch = epoch;
            next.OnBarrier(epoch);
        }

        public override void OnEnd()
        {
            _ended.Should().BeFalse("a stream ends once");
            _ended = true;
            next.OnEnd();
        }
    }
}
