namespace IoTStream.Testing;

/// <summary>The room in a passage: for one batch, when there is some at all.</summary>
internal sealed class Room(Scheduler scheduler)
{
    private bool _isFree = true;

    public bool IsFree => _isFree || scheduler.IsCalm;

    public void Take() => _isFree = false;

    /// <summary>A new step of the lane begins: lets the schedule say whether there is room during it.</summary>
    public void Draw() => _isFree = scheduler.HasRoom();
}
