namespace IoTStream.Mqtt.Broker;

/// <summary>Publishers waiting for room in something that is full. Guarded by the lock of what is full; costs nothing until someone waits.</summary>
internal sealed class RoomSignal
{
    private TaskCompletionSource? _waiting;

    /// <summary>Completes when there may be room; asked for under the lock under which there was none, so that no release is missed.</summary>
    public Task WaitAsync() => (_waiting ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;

    /// <summary>Lets everybody who waits try again.</summary>
    public void Release()
    {
        _waiting?.SetResult();
        _waiting = null;
    }
}
