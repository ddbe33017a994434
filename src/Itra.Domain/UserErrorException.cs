namespace Itra.Domain;

/// <summary>Something a person can put right. The message is one line that says what is wrong and what to do; it is shown as it is.</summary>
public class UserErrorException(string message, Exception? inner = null) : Exception(message, inner);
