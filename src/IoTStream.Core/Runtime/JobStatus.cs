namespace IoTStream.Runtime;

/// <summary>Where a job is in its life.</summary>
public enum JobStatus
{
    /// <summary>Its lanes are running.</summary>
    Running,

    /// <summary>It has failed, and waits to go on from its last epoch, as <see cref="RestartPolicy"/> says.</summary>
    Restarting,

    /// <summary>It has been asked to stop and is processing what is in flight.</summary>
    Stopping,

    /// <summary>Its sources have ended or it was stopped, and everything has been processed.</summary>
    Completed,

    /// <summary>It was cancelled; what was in flight is gone.</summary>
    Cancelled,

    /// <summary>It has failed.</summary>
    Failed,
}
