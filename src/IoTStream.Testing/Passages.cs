using IoTStream.Operators;
using IoTStream.Runtime;

namespace IoTStream.Testing;

/// <summary>Puts a passage between any two steps.</summary>
internal sealed class Passages(Scheduler scheduler, JobOptions options) : Interposer
{
    private readonly List<Room>[] _rooms = [.. Enumerable.Range(0, options.AllLanes).Select(_ => new List<Room>())];

    public override Operator<T> Before<T>(Operator<T> next, int lane)
    {
        var room = new Room(scheduler);
        _rooms[lane].Add(room);
        return new Passage<T>(next, room, options.BatchSize);
    }

    /// <summary>A lane is about to step.</summary>
    public void Draw(int lane) => _rooms[lane].ForEach(static room => room.Draw());
}
